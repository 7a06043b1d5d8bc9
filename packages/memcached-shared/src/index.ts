export { type PoolAdapter, type PoolAdapterOptions, type PoolOptions, poolAdapter } from './adapter.ts';
export type { LinkListener, LinkTo, MemcachedLink } from './link.ts';
export { type MemcachedReply, type MemcachedRequest, NOOP, OPCODE } from './request.ts';
export {
  type MemcachedServer,
  memcachedServers,
  type ServerOptions,
  type ServersOptions,
} from './server.ts';
