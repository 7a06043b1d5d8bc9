export {
  type IoredisAdapter,
  type IoredisAdapterOptions,
  type IoredisClientOptions,
  type IoredisServerOptions,
  ioredisAdapter,
} from './adapter.ts';
export type { IoredisClient } from './client.ts';
