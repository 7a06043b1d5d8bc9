export { engineAnswers } from './containers.ts';
export { type Provided, provideImages } from './images.ts';
export { type MemcachedOptions, startMemcached } from './memcached.ts';
export { type PostgresOptions, startPostgres } from './postgres.ts';
export { type RedisOptions, startRedis } from './redis.ts';
export { RedisCluster, type RedisClusterOptions, startRedisCluster } from './redis-cluster.ts';
export {
  RedisReplication,
  type RedisReplicationOptions,
  startRedisReplication,
} from './redis-replication.ts';
export { RedisSentinel, type RedisSentinelOptions, startRedisSentinel } from './redis-sentinel.ts';
export type { Kind, Server, ServerInfo, Source, StartOptions } from './server.ts';
export type { SlotMove } from './slot-move.ts';
