import type { CacheError, CallOptions, SetOptions } from '@cache/core';
import { cacheMutant, type Mutant } from './mutant.ts';
import { over } from './over.ts';

/** Defects of what a cache costs, counts and answers. */
export const costing: readonly Mutant[] = [
  cacheMutant(
    'no-coalescing',
    'Each get goes to the adapter by itself.',
    ['cache/cost/burst', 'cache/cost/same-key'],
    (cache, options, sound) => {
      return over(cache, { get: (key: string, own?: CallOptions) => sound(options).get(key, own) });
    },
  ),
  cacheMutant(
    'one-by-one',
    'Batches are made of single calls, one after the other.',
    [
      'cache/cost/get-many',
      'cache/cost/set-many',
      'cache/cost/delete-many',
      'cache/order/set-many',
      'cache/cost/expire-many',
    ],
    (cache) => {
      return over(cache, {
        getMany: async (keys: string[], options?: CallOptions) => {
          if (!Array.isArray(keys)) return await cache.getMany(keys, options);
          const values: unknown[] = [];
          for (const key of keys) values.push(await cache.get(key, options));
          return values;
        },
        setMany: async (entries: Iterable<[string, unknown, SetOptions?]>) => {
          for (const [key, value, own] of entries) await cache.set(key, value, own);
        },
        expireMany: async (keys: string[], options?: CallOptions) => {
          if (!Array.isArray(keys)) return await cache.expireMany(keys, options);
          const there: boolean[] = [];
          for (const key of keys) there.push(await cache.expire(key, options));
          return there;
        },
        deleteMany: async (keys: string[], options?: CallOptions) => {
          if (!Array.isArray(keys)) return await cache.deleteMany(keys, options);
          const there: boolean[] = [];
          for (const key of keys) there.push(await cache.delete(key, options));
          return there;
        },
      });
    },
  ),
  cacheMutant(
    'many-unordered',
    'getMany answers what it found, without gaps.',
    ['cache/results/get-many', 'cache/results/delete-many', 'cache/clear/forgets', 'cache/clear/race'],
    (cache) => {
      return over(cache, {
        getMany: async (keys: string[], options?: CallOptions) => {
          return (await cache.getMany(keys, options)).filter((value) => value !== undefined);
        },
      });
    },
  ),
  cacheMutant(
    'long-keys-cut',
    'Keys are cut at 900 characters.',
    ['cache/keys/hashed-apart', 'cache/input/longest-key'],
    (cache) => {
      const cut = (key: unknown): string =>
        typeof key === 'string' && key.length <= 65_535 ? key.slice(0, 900) : (key as string);
      return over(cache, {
        get: (key: string, options?: CallOptions) => cache.get(cut(key), options),
        set: (key: string, value: unknown, options?: SetOptions) => cache.set(cut(key), value, options),
        setMany: (entries: Iterable<[string, unknown]>, options?: CallOptions) => {
          return cache.setMany(
            [...entries].map((entry) =>
              Array.isArray(entry) ? [cut(entry[0]), ...entry.slice(1)] : entry,
            ) as never,
            options,
          );
        },
      });
    },
  ),
  cacheMutant(
    'decrement-adds',
    'decrement adds.',
    ['cache/counters/adds', 'cache/counters/exact', 'cache/counters/unsupported'],
    (cache) => {
      return over(cache, {
        decrement: (key: string, by = 1, options?: CallOptions) => cache.increment(key, by, options),
      });
    },
  ),
  cacheMutant(
    'rounded',
    'Counters beyond 2^53 are rounded without a word.',
    ['cache/counters/number'],
    (cache) => {
      return over(cache, {
        increment: async (key: string, by: number | bigint = 1, options?: CallOptions) => {
          if (typeof by !== 'number' || !Number.isSafeInteger(by))
            return await cache.increment(key, by as bigint, options);
          return Number(await cache.increment(key, BigInt(by), options));
        },
      });
    },
  ),
  cacheMutant(
    'counts-wrong',
    'A hit is counted as a miss.',
    [
      'cache/values/json',
      'cache/events/counts',
      'cache/values/large',
      'cache/values/own-object',
      'cache/values/bytes',
      'cache/values/bytes-copy',
      'cache/values/pollution',
      'cache/results/set',
      'cache/input/long-timeout',
      'cache/life/add-after-end',
      'cache/life/stale-absent',
      'cache/loads/apart',
      'cache/loads/throws',
      'cache/clear/empty',
      'cache/order/sets',
      'cache/order/add',
      'cache/cost/hit',
      'cache/cost/first-hit',
      'cache/cost/load',
      'cache/events/listener',
    ],
    (cache) => {
      return over(cache, {
        stats: () => {
          const { hits, misses, ...rest } = cache.stats();
          return { ...rest, hits: misses, misses: hits };
        },
      });
    },
  ),
  cacheMutant('signal-kept', 'get leaves a listener on its signal.', ['cache/every/listeners'], (cache) => {
    return over(cache, {
      get: (key: string, options?: CallOptions) => {
        options?.signal?.addEventListener?.('abort', () => undefined);
        return cache.get(key, options);
      },
    });
  }),
  cacheMutant(
    'bytes-are-values',
    'Bytes and values are one.',
    ['cache/values/not-bytes', 'cache/input/not-bytes'],
    (cache) => {
      return over(cache, {
        getBytes: (key: string, options?: CallOptions) => cache.get(key, options),
        setBytes: (key: string, value: unknown, options?: SetOptions) => cache.set(key, value, options),
      });
    },
  ),
  cacheMutant('has-true', 'has always answers true.', ['cache/results/has'], (cache) => {
    return over(cache, {
      has: (key: string, options?: CallOptions) => cache.has(key, options).then(() => true),
    });
  }),
  cacheMutant(
    'has-false',
    'has answers false when the server fails.',
    ['cache/failures/rest-loud-reads'],
    (cache) => {
      return over(cache, {
        has: (key: string, options?: CallOptions) =>
          cache.has(key, options).catch((error: CacheError) => {
            if (error.code === 'UNAVAILABLE') return false;
            throw error;
          }),
      });
    },
  ),
  cacheMutant('lookup-version', 'lookup answers one version for all.', ['cache/results/lookup'], (cache) => {
    return over(cache, {
      lookup: async (key: string, options?: CallOptions) => {
        const found = await cache.lookup(key, options);
        return 'version' in found ? { ...found, version: '1' } : found;
      },
    });
  }),
  cacheMutant('empty-asks', 'An empty getMany asks the adapter.', ['cache/input/empty-batch'], (cache) => {
    return over(cache, {
      getMany: async (keys: string[], options?: CallOptions) => {
        if (Array.isArray(keys) && keys.length === 0) await cache.get('any', options);
        return await cache.getMany(keys, options);
      },
    });
  }),
  cacheMutant(
    'many-limited',
    'getMany answers its first 10,000 keys.',
    ['cache/input/large-batch'],
    (cache) => {
      return over(cache, {
        getMany: (keys: string[], options?: CallOptions) =>
          cache.getMany(Array.isArray(keys) ? keys.slice(0, 10_000) : keys, options),
      });
    },
  ),
  cacheMutant(
    'amounts-cut',
    'Amounts of increment are cut to whole numbers.',
    ['cache/counters/amounts'],
    (cache) => {
      return over(cache, {
        increment: (key: string, by: number | bigint = 1, options?: CallOptions) => {
          return cache.increment(
            key,
            (typeof by === 'bigint' ? by : Math.trunc(Number(by)) || 0) as number,
            options,
          );
        },
      });
    },
  ),
  cacheMutant(
    'counters-stay',
    'clear does not forget counters.',
    ['cache/counters/clear'],
    (cache, options, sound) => {
      const other = sound({ ...options, namespace: `${options.namespace}n` });
      return over(cache, {
        increment: (key: string, by = 1, own?: CallOptions) => other.increment(key, by, own),
      });
    },
  ),
  cacheMutant(
    'increment-floats',
    'increment adds to fractions.',
    ['cache/counters/fraction-apart'],
    (cache) => {
      return over(cache, {
        increment: (key: string, by = 1, options?: CallOptions) => cache.incrementFloat(key, by, options),
      });
    },
  ),
  cacheMutant(
    'clear-asks',
    'clear reads before it writes.',
    ['cache/cost/clear', 'cache/cost/set'],
    (cache) => {
      return over(cache, {
        clear: async (options?: CallOptions) => {
          await cache.get('any', options);
          await cache.clear(options);
        },
      });
    },
  ),
  cacheMutant(
    'mute',
    'The logger hears nothing.',
    ['cache/events/no-expiry'],
    (_cache, { logger: _logger, ...options }, sound) => sound(options),
  ),
  cacheMutant(
    'abort-ends-load',
    'The signal of the call that began a load ends it for all.',
    ['cache/loads/signal'],
    (cache) => {
      const loads = new Map<string, Promise<unknown>>();
      return over(cache, {
        getOrSet: (key: string, loader: () => unknown, options?: SetOptions) => {
          const load = loads.get(key) ?? cache.getOrSet(key, loader, options);
          loads.set(key, load);
          return load;
        },
      });
    },
  ),
];
