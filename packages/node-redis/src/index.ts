export {
  type NodeRedisAdapter,
  type NodeRedisAdapterOptions,
  type NodeRedisClientOptions,
  type NodeRedisServerOptions,
  nodeRedisAdapter,
} from './adapter.ts';
export type { NodeRedisClient, NodeRedisPool, NodeRedisSentinel } from './client.ts';
