import type { CallOptions } from '../cache/options.ts';
import { CacheError } from '../error.ts';
import { ReadSide, type StrategyOptions } from './read-side.ts';
import type { Repository } from './repository.ts';

export interface CacheAsideOptions<K, V> extends StrategyOptions<K, V> {
  /** What `set` does to the cache once the source has the value. Default: `'invalidate'`. */
  readonly onSet?: 'invalidate' | 'update';
}

/**
 * Cache-aside: values are loaded when they are asked for, and a write goes to the source and takes the cached value out.
 * @throws CacheError `INVALID_OPTION`
 */
export function cacheAside<K, V>(options: CacheAsideOptions<K, V>): Repository<K, V> {
  const { onSet = 'invalidate', ...rest } = options;
  if (onSet !== 'invalidate' && onSet !== 'update') {
    throw new CacheError('INVALID_OPTION', "cacheAside: onSet must be 'invalidate' or 'update'");
  }
  const side = new ReadSide('cacheAside', rest);
  return {
    get: (key, call) => side.get(key, call),
    getMany: (keys, call) => side.getMany(keys, call),
    has: (key, call) => side.has(key, call),
    refresh: (key, call) => side.refresh(key, call),
    warm: (keys, call) => side.warm(keys, call),
    async set(key, value, call: CallOptions = {}) {
      const name = side.keyOf(key);
      await side.cache.invalidating([name], () => side.store.set(key, value), call);
      if (onSet === 'update') await side.cache.set(name, value, { ...side.entry, ...call });
    },
    async delete(key, call: CallOptions = {}) {
      const removed = await side.cache.invalidating([side.keyOf(key)], () => side.store.delete(key), call);
      return removed ?? true;
    },
    close: async () => undefined,
  };
}
