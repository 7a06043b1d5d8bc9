import { CacheError, type CallOptions, type SetOptions } from '@cache/core';
import type { TestCache } from '../kit/cache-bench.ts';
import { cacheMutant, type MakeCache, type Mutant } from './mutant.ts';

type Changes = Partial<Record<keyof TestCache, unknown>>;

/** Defects of the cache. */
export const caching: readonly Mutant[] = [
  cacheMutant('falsy-miss', 'A falsy value is a miss.', ['cache/values/falsy'], (cache) => {
    return over(cache, {
      get: async (key: string, options?: CallOptions) => (await cache.get(key, options)) || undefined,
    });
  }),
  cacheMutant('null-miss', 'A miss is null.', ['cache/values/miss'], (cache) => {
    return over(cache, {
      get: async (key: string, options?: CallOptions) => (await cache.get(key, options)) ?? null,
    });
  }),
  cacheMutant(
    'load-each',
    'getOrSet is get, load and set, for every caller.',
    [
      'cache/loads/one-load',
      'cache/loads/delete-during',
      'cache/loads/late-fill',
      'cache/loads/set-during',
      'cache/loads/stale-source',
    ],
    (cache) => {
      return over(cache, {
        getOrSet: async (key: string, loader: (context: object) => unknown, options?: SetOptions) => {
          const found = await cache.get(key, options);
          if (found !== undefined) return found;
          const value = await loader({ signal: new AbortController().signal });
          await cache.set(key, value, options);
          return value;
        },
      });
    },
  ),
  cacheMutant('add-in-two', 'add is has and then set.', ['cache/results/add-race'], (cache) => {
    return over(cache, {
      add: async (key: string, value: unknown, options?: SetOptions) => {
        if (await cache.has(key, options)) return false;
        await cache.set(key, value, options);
        return true;
      },
    });
  }),
  cacheMutant(
    'swap-in-two',
    'getAndSet is get and then set.',
    ['cache/results/get-and-set-race'],
    (cache) => {
      return over(cache, {
        getAndSet: async (key: string, value: unknown, options?: SetOptions) => {
          const before = await cache.get(key, options);
          await cache.set(key, value, options);
          return before;
        },
      });
    },
  ),
  cacheMutant('expire-deletes', 'expire deletes, grace or not.', ['cache/life/expire'], (cache) => {
    return over(cache, { expire: (key: string, options?: CallOptions) => cache.delete(key, options) });
  }),
  cacheMutant(
    'serves-stale',
    'get returns what is stale.',
    ['cache/life/grace', 'cache/life/expire'],
    (cache) => {
      return over(cache, {
        get: async (key: string, options?: CallOptions) => {
          const found = await cache.lookup(key, options);
          return found.state === 'hit' || found.state === 'stale' ? found.value : undefined;
        },
      });
    },
  ),
  cacheMutant('grace-lost', 'grace is ignored.', ['cache/life/grace', 'cache/life/touch-grace'], (cache) => {
    return over(cache, {
      set: (key: string, value: unknown, options: SetOptions = {}) => {
        const { grace: _grace, ...rest } = options;
        return cache.set(key, value, rest);
      },
    });
  }),
  cacheMutant(
    'ttl-in-seconds',
    'ttl answers seconds.',
    ['cache/results/ttl', 'cache/input/units'],
    (cache) => {
      return over(cache, {
        ttl: async (key: string, options?: CallOptions) => {
          const ms = await cache.ttl(key, options);
          return typeof ms === 'number' ? Math.round(ms / 1000) : ms;
        },
      });
    },
  ),
  cacheMutant(
    'clear-reaches-out',
    'clear of a namespace clears the root, too.',
    ['cache/namespaces/nested'],
    (cache) => {
      return spaced(cache, (inner) => ({
        clear: async () => {
          await inner.clear();
          await cache.clear();
        },
      }));
    },
  ),
  cacheMutant(
    'names-joined',
    'Names of namespaces are put before the key with a colon.',
    ['cache/namespaces/split', 'cache/namespaces/clear'],
    (cache) => joined(cache, cache, ''),
  ),
  cacheMutant(
    'no-validation',
    'get of a bad key is a miss.',
    ['cache/input/empty-key', 'cache/input/key-type', 'cache/input/surrogate', 'cache/input/long-key'],
    (cache) => {
      return over(cache, {
        get: (key: string, options?: CallOptions) => cache.get(key, options).catch(() => undefined),
      });
    },
  ),
  cacheMutant('coerces-keys', 'set takes anything for a key.', ['cache/input/key-type'], (cache) => {
    return over(cache, {
      set: (key: unknown, value: unknown, options?: SetOptions) => cache.set(String(key), value, options),
    });
  }),
  cacheMutant(
    'undefined-is-null',
    'undefined is stored as null.',
    ['cache/input/undefined', 'cache/input/bad-in-batch'],
    (cache) => {
      return over(cache, {
        set: (key: string, value: unknown, options?: SetOptions) => cache.set(key, value ?? null, options),
        setMany: (entries: Iterable<[string, unknown, SetOptions?]>, options?: CallOptions) => {
          if (typeof entries === 'string' || entries?.[Symbol.iterator] === undefined)
            return cache.setMany(entries, options);
          return cache.setMany(
            [...entries].map((entry) =>
              Array.isArray(entry) ? [entry[0], entry[1] ?? null, entry[2]] : entry,
            ) as never,
            options,
          );
        },
      });
    },
  ),
  cacheMutant('ttl-text-number', "A ttl of '5' is taken for 5.", ['cache/input/ttl'], (cache) => {
    return over(cache, {
      set: (key: string, value: unknown, options?: SetOptions) => {
        const ttl: unknown = options?.ttl;
        return cache.set(key, value, ttl === '5' ? { ...options, ttl: 5 } : options);
      },
    });
  }),
  cacheMutant(
    'plain-errors',
    'Failures are plain errors.',
    ['cache/failures/rest-loud', 'cache/every/closed'],
    (cache) => {
      return over(cache, {
        set: (key: string, value: unknown, options?: SetOptions) => {
          return cache.set(key, value, options).catch((error: CacheError) => {
            throw new Error(error.message);
          });
        },
      });
    },
  ),
  cacheMutant(
    'silent-set',
    'A set that fails resolves.',
    ['cache/failures/rest-loud', 'cache/failures/hangs', 'cache/failures/throws', 'cache/failures/malformed'],
    (cache) => {
      return over(cache, {
        set: (key: string, value: unknown, options?: SetOptions) => {
          return cache.set(key, value, options).catch((error: CacheError) => {
            if (['UNAVAILABLE', 'TIMEOUT', 'INTERNAL'].includes(error.code)) return;
            throw error;
          });
        },
      });
    },
  ),
  cacheMutant(
    'certain-outcome',
    'Every failure says that nothing was applied.',
    ['cache/failures/rest-loud', 'cache/failures/hangs'],
    (cache) => {
      return over(cache, {
        set: (key: string, value: unknown, options?: SetOptions) => {
          return cache.set(key, value, options).catch((error: CacheError) => {
            throw again(error, error.message, 'not-applied');
          });
        },
      });
    },
  ),
  cacheMutant(
    'value-in-message',
    'Messages of failures hold the value.',
    ['cache/failures/no-values'],
    (cache) => {
      return over(cache, {
        set: (key: string, value: unknown, options?: SetOptions) => {
          return cache.set(key, value, options).catch((error: CacheError) => {
            throw again(error, `${error.message} (${String(value)})`, error.outcome);
          });
        },
      });
    },
  ),
  cacheMutant(
    'loud-reads',
    'get rejects when the server fails.',
    ['cache/failures/reads-open'],
    (_cache, options, sound) => {
      return sound({ ...options, onReadFailure: 'throw' });
    },
  ),
  cacheMutant(
    'quiet-reads',
    'Reads are always misses when the server fails.',
    ['cache/failures/reads-closed'],
    (_cache, options, sound) => {
      return sound({ ...options, onReadFailure: 'miss' });
    },
  ),
  cacheMutant(
    'signal-lost',
    'get looks at no signal.',
    ['cache/every/cancelled', 'cache/every/aborted'],
    (cache) => {
      return over(cache, {
        get: (key: string, options?: CallOptions) => {
          if (typeof options !== 'object' || !(options?.signal instanceof AbortSignal))
            return cache.get(key, options);
          const { signal: _signal, ...rest } = options;
          return cache.get(key, rest);
        },
      });
    },
  ),
  cacheMutant('close-open', 'After close, get goes on.', ['cache/every/closed'], (cache, options, sound) => {
    const other = sound(options);
    return over(cache, { get: (key: string, own?: CallOptions) => other.get(key, own) });
  }),
  cacheMutant(
    'owns-nothing',
    'close never closes the adapter.',
    ['cache/every/close-twice'],
    (_cache, options, sound) => sound({ ...options, ownsAdapter: false }),
  ),
  cacheMutant(
    'owns-everything',
    'close always closes the adapter.',
    ['cache/every/close-twice'],
    (_cache, options, sound) => sound({ ...options, ownsAdapter: true }),
  ),
  cacheMutant(
    'no-coalescing',
    'Each get goes to the adapter by itself.',
    ['cache/cost/burst', 'cache/cost/same-key'],
    (cache, options, sound) => {
      return over(cache, { get: (key: string, own?: CallOptions) => lone(options, sound).get(key, own) });
    },
  ),
  cacheMutant(
    'one-by-one',
    'Batches are made of single calls, one after the other.',
    ['cache/cost/get-many', 'cache/cost/set-many', 'cache/cost/delete-many'],
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
    ['cache/results/get-many'],
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
  cacheMutant('decrement-adds', 'decrement adds.', ['cache/counters/adds'], (cache) => {
    return over(cache, {
      decrement: (key: string, by = 1, options?: CallOptions) => cache.increment(key, by, options),
    });
  }),
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
    ['cache/values/json', 'cache/events/counts'],
    (cache) => {
      return over(cache, {
        stats: () => {
          const { hits, misses, ...rest } = cache.stats();
          return { ...rest, hits: misses, misses: hits };
        },
      });
    },
  ),
];

/** The same error with another message or outcome. */
function again(error: CacheError, message: string, outcome: CacheError['outcome']): CacheError {
  const { code, operation, key, retryable, cause } = error;
  return new CacheError(code, message, { operation, key, retryable, outcome, cause });
}

/** The cache with some methods replaced; the others keep their `this`. */
function over(cache: TestCache, changes: Changes): TestCache {
  return new Proxy(cache, {
    get(target, name) {
      const changed = (changes as Record<PropertyKey, unknown>)[name];
      if (changed !== undefined) return changed;
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

/** The cache whose namespaces are changed. */
function spaced(cache: TestCache, change: (space: TestCache) => Changes): TestCache {
  return over(cache, {
    namespace: (name: string) => {
      const space = cache.namespace(name) as unknown as TestCache;
      return over(spaced(space, change), change(space));
    },
  });
}

/** A cache whose namespaces are nothing but prefixes of keys. */
function joined(root: TestCache, cache: TestCache, prefix: string): TestCache {
  const at = (key: string): string => (prefix === '' ? key : `${prefix}:${key}`);
  return over(cache, {
    namespace: (name: string) => joined(root, root, at(name)),
    get: (key: string, options?: CallOptions) =>
      root.get(typeof key === 'string' && key !== '' ? at(key) : key, options),
    set: (key: string, value: unknown, options?: SetOptions) => {
      return root.set(typeof key === 'string' && key !== '' ? at(key) : key, value, options);
    },
  });
}

function lone(options: Parameters<MakeCache>[0], sound: MakeCache): TestCache {
  return sound(options);
}
