export { type MemcachedAdapter, type MemcachedAdapterOptions, memcachedAdapter } from './adapter.ts';
export type {
  MemcachedClientOptions,
  MemcachedServersOptions,
  MemcachedUrlOptions,
  MemjsClient,
} from './address.ts';
