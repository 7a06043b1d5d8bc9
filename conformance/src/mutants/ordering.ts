import { CacheError, type CallOptions, type SetOptions } from '@cache/core';
import type { TestCache } from '../kit/cache-bench.ts';
import { cacheMutant, type Mutant } from './mutant.ts';
import { over } from './over.ts';

/** Defects of caches that show in certain orders of calls alone: the models find them. */
export const ordering: readonly Mutant[] = [
  cacheMutant(
    'fill-after-delete',
    'getOrSet keeps what it loaded, though its key was deleted after the load began.',
    ['cache/orders/no-stale-fill', 'cache/races/pairs', 'cache/races/reads', 'cache/races/late'],
    (cache) => {
      return over(cache, {
        getOrSet: async (key: string, loader: () => unknown, options?: SetOptions) => {
          const found = await cache.get(key, options);
          if (found !== undefined) return found;
          const value = await loader();
          await cache.set(key, value, options);
          return value;
        },
      });
    },
  ),
  cacheMutant(
    'fill-again',
    'getOrSet sets what it loaded where something went wrong meanwhile.',
    ['cache/races/lost'],
    (cache) => {
      let errors = 0;
      cache.on('error', () => {
        errors += 1;
      });
      return over(cache, {
        getOrSet: async (key: string, loader: () => unknown, options?: SetOptions) => {
          const before = errors;
          const value = await cache.getOrSet(key, loader, options);
          if (errors > before) await cache.set(key, value, options).catch(() => undefined);
          return value;
        },
      });
    },
  ),
  cacheMutant(
    'clears-joined',
    'A clear that is called while another one is under way is answered as that one.',
    ['cache/races/changes'],
    (cache, { namespace = '' }) => {
      return over(cache, {
        clear: (options?: CallOptions) => {
          const known = CLEARS.get(namespace);
          if (known !== undefined) return known;
          const clear = cache.clear(options).finally(() => CLEARS.delete(namespace));
          CLEARS.set(namespace, clear);
          return clear;
        },
      });
    },
  ),
  cacheMutant(
    'add-looks-first',
    'add looks whether the key is there, and sets it.',
    ['cache/orders/values'],
    (cache) => {
      return over(cache, {
        add: async (key: string, value: unknown, options?: SetOptions) => {
          if (await cache.has(key, options)) return false;
          await cache.set(key, value, options);
          return true;
        },
      });
    },
  ),
  cacheMutant(
    'swap-twice',
    'A getAndSet of which nobody knows what became of it is done once more.',
    ['cache/orders/lost'],
    (cache) => {
      return over(cache, {
        getAndSet: (key: string, value: unknown, options?: SetOptions) =>
          twice(() => cache.getAndSet(key, value, options)),
      });
    },
  ),
  cacheMutant(
    'count-twice',
    'An increment of which nobody knows what became of it is done once more.',
    ['cache/orders/counters'],
    (cache) => {
      return over(cache, {
        increment: (...given: Parameters<TestCache['increment']>) => twice(() => cache.increment(...given)),
      });
    },
  ),
  cacheMutant(
    'keys-once',
    'deleteMany removes a key that it is given twice only once, and answers true for both.',
    ['cache/model'],
    (cache) => {
      return over(cache, {
        deleteMany: async (keys: readonly string[], options?: CallOptions) => {
          const each = [...new Set(keys)];
          const removed = await cache.deleteMany(each, options);
          return keys.map((key) => removed[each.indexOf(key)]);
        },
      });
    },
  ),
];

const CLEARS: Map<string, Promise<unknown>> = new Map();

/** A retry of what is not to be retried. */
async function twice<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof CacheError && error.outcome === 'unknown') return await call();
    throw error;
  }
}
