export { type RedisAdapter, type RedisAdapterOptions, type RedisServers, redisAdapter } from './adapter.ts';
export type { Address } from './address.ts';
export type { ConnectionSource, OnceClient } from './connection-source.ts';
export { Debt } from './debt.ts';
export { isReplicaRefusal, withoutArguments } from './failure.ts';
export {
  bufferOf,
  type Hear,
  type LinkEvent,
  LinkFailure,
  type RedisArgument,
  type RedisCommand,
  type RedisLink,
  type RedisReply,
} from './link.ts';
export type { RedisOptions } from './options.ts';
export { ownServers } from './own-servers.ts';
export { type AddressMap, nodesLike, type RedisNodes, type Seed } from './redis-nodes.ts';
export { redisUrl } from './redis-url.ts';
export { RenewedLink } from './renewed-link.ts';
export {
  listedReplicas,
  namedReplicas,
  type RedisReplica,
  type RedisReplicaOptions,
  replicaOf,
} from './replica-options.ts';
export { parseInfo } from './report.ts';
export {
  type RedisClusterOptions,
  type RedisServer,
  type RedisServerOptions,
  redisServer,
} from './server.ts';
export { inquiry } from './waiting.ts';
