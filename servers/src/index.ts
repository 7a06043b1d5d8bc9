export { type MemcachedOptions, startMemcached } from './memcached.ts';
export { type RedisOptions, startRedis } from './redis.ts';
export type { Kind, Server, ServerInfo, Source, StartOptions } from './server.ts';
