import type { CacheError, CallOptions, SetOptions } from '@cache/core';
import { cacheMutant, type Mutant } from './mutant.ts';
import { again, over } from './over.ts';

/** Defects of a cache that is given what is bad, or whose server fails. */
export const refusing: readonly Mutant[] = [
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
    ['cache/failures/reads-open', 'cache/failures/partial'],
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
  cacheMutant(
    'close-open',
    'After close, get goes on.',
    ['cache/every/closed', 'cache/order/set-get'],
    (cache, options, sound) => {
      const other = sound(options);
      return over(cache, { get: (key: string, own?: CallOptions) => other.get(key, own) });
    },
  ),
  cacheMutant(
    'owns-nothing',
    'close never closes the adapter.',
    ['cache/every/close-twice'],
    (_cache, options, sound) => sound({ ...options, ownsAdapter: false }),
  ),
  cacheMutant(
    'owns-everything',
    'close always closes the adapter.',
    ['cache/every/close-twice', 'cache/every/closing'],
    (_cache, options, sound) => sound({ ...options, ownsAdapter: true }),
  ),
];
