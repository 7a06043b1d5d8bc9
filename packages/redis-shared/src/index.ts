export { escapeGlob, type RedisAdapter, type RedisAdapterOptions, redisAdapter } from './adapter.ts';
export type { Address } from './address.ts';
export { withoutArguments } from './failure.ts';
export {
  type LinkEvent,
  LinkFailure,
  type RedisArgument,
  type RedisCommand,
  type RedisLink,
  type RedisReply,
} from './link.ts';
export type { RedisNodes } from './topology.ts';
