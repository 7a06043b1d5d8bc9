export {
  type NodeRedisAdapter,
  type NodeRedisAdapterOptions,
  type NodeRedisClientOptions,
  type NodeRedisClusterOptions,
  type NodeRedisServerOptions,
  nodeRedisAdapter,
} from './adapter.ts';
export type { NodeRedisClient, NodeRedisCluster, NodeRedisPool, NodeRedisSentinel } from './client.ts';
