export {
  type IoredisAdapter,
  type IoredisAdapterOptions,
  type IoredisClientOptions,
  type IoredisClusterOptions,
  type IoredisServerOptions,
  ioredisAdapter,
} from './adapter.ts';
export type { IoredisClient, IoredisCluster } from './client.ts';
