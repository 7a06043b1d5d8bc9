export { type RedisAdapter, type RedisAdapterOptions, redisAdapter } from './adapter.ts';
export type { Address } from './address.ts';
export { withoutArguments } from './failure.ts';
export {
  type Hear,
  type LinkEvent,
  LinkFailure,
  type RedisArgument,
  type RedisCommand,
  type RedisLink,
  type RedisReply,
} from './link.ts';
export { parseInfo } from './report.ts';
export {
  type RedisClusterOptions,
  type RedisServer,
  type RedisServerOptions,
  redisCluster,
  redisServer,
} from './server.ts';
export type { RedisNodes } from './topology.ts';
