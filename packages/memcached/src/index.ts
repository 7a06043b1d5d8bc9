export {
  type MemcachedAdapter,
  type MemcachedAdapterOptions,
  type MemcachedClientOptions,
  type MemcachedServersOptions,
  type MemcachedUrlOptions,
  memcachedAdapter,
} from './adapter.ts';
export type { MemjsClient } from './client.ts';
