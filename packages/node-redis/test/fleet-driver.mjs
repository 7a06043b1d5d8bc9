// For processes that run what was built: the driver is found from here.
export { createClient } from 'redis';
export { nodeRedisAdapter } from '../dist/index.js';
