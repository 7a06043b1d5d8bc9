// For processes that run what was built: the driver is found from here.
export { Redis } from 'ioredis';
export { ioredisAdapter } from '../dist/index.js';
