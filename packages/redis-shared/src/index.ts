export { type RedisAdapter, type RedisAdapterOptions, redisAdapter } from './adapter.ts';
export { withoutArguments } from './failure.ts';
export {
  type LinkEvent,
  LinkFailure,
  type RedisArgument,
  type RedisCommand,
  type RedisLink,
  type RedisReply,
} from './link.ts';
export { parseInfo } from './report.ts';
export { type RedisServer, type RedisServerOptions, redisServer } from './server.ts';
