import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { CacheError, type CallOptions, type LoadContext, type LoadOptions } from '@cache/core';
import type { TestCache } from '../kit/cache-bench.ts';
import { cacheMutant, type Mutant } from './mutant.ts';
import { over, spaced } from './over.ts';

type AnyLoader = (context: LoadContext) => unknown;
type AnyManyLoader = (keys: readonly string[]) => Map<string, unknown> | Promise<Map<string, unknown>>;

/** Defects of reading through. */
export const loadingMutants: readonly Mutant[] = [
  cacheMutant(
    'fill-is-set',
    'getOrSet is get, the loader and set: no lease, no condition, nothing stale.',
    [
      'cache/tags/during-load',
      'cache/interleavings/fill-waits',
      'cache/tags/first-use',
      'cache/tags/marker-lost-during',
      'cache/leases/one-load',
      'cache/races/loads',
      'cache/leases/stale-one-load',
      'cache/leases/holder-dies',
      'cache/leases/late-fill',
      'cache/leases/renews',
      'cache/leases/overtaken',
      'cache/leases/overtaken-stale',
      'cache/leases/loads-anew',
      'cache/leases/unknown-lost',
      'cache/leases/tags-fail',
      'cache/leases/epoch',
      'cache/leases/stale-readable',
      'cache/leases/behind',
      'cache/leases/peer',
      'cache/freshness/refresh-at',
      'cache/freshness/beta',
      'cache/freshness/soft-timeout',
      'cache/freshness/stale-on-error',
      'cache/freshness/pause-ends',
      'cache/freshness/failure-pause',
      'cache/freshness/null-ttl',
      'cache/freshness/adaptive',
      'cache/freshness/conditional',
      'cache/freshness/background',
      'cache/freshness/input',
      'cache/invalidating/during',
      'cache/invalidating/writers',
      'cache/invalidating/end-fails',
      'cache/invalidating/mark-length',
      'cache/reentrant/itself',
    ],
    (cache) => {
      return over(cache, {
        getOrSet: async (key: string, loader: AnyLoader, options: LoadOptions = {}) => {
          const found = await cache.get(key, options);
          if (found !== undefined) return found;
          let { tags } = options;
          const { signal } = new AbortController();
          const context = { signal, setTags: (late: readonly string[]) => (tags = late) };
          const value = await loader(context as unknown as LoadContext);
          await cache.set(key, value, tags === undefined ? options : { ...options, tags });
          return value;
        },
      });
    },
  ),
  cacheMutant(
    'keeps-nothing',
    'getOrSet hands out what it loads and keeps nothing.',
    [
      'cache/leases/unknown-done',
      'cache/leases/renewal-late',
      'cache/freshness/life',
      'cache/wrap/cached',
      'cache/tags/shown',
      'cache/loads/stores',
    ],
    (cache) => {
      return over(cache, {
        getOrSet: (key: string, loader: AnyLoader, options: LoadOptions = {}) => {
          return cache.getOrSet(
            key,
            async (context) => {
              context.dontStore();
              return await loader(context);
            },
            options,
          );
        },
      });
    },
  ),
  cacheMutant(
    'late-kept',
    'What a loader brings is set, even when its time was over.',
    ['cache/leases/holder-hangs', 'cache/freshness/hard-timeout', 'cache/loads/late-fill'],
    (cache) => {
      return over(cache, {
        getOrSet: (key: string, loader: AnyLoader, options: LoadOptions = {}) => {
          const keeping = async (context: LoadContext): Promise<unknown> => {
            const value = await loader(context);
            await cache.set(key, value, options).catch(() => undefined);
            return value;
          };
          return cache.getOrSet(key, keeping, options);
        },
      });
    },
  ),
  cacheMutant(
    'refresh-adds',
    'refresh keeps what it loaded only where nothing is.',
    ['cache/leases/refresh', 'cache/freshness/refresh'],
    (cache) => {
      return over(cache, {
        refresh: async (key: string, loader: AnyLoader, options: LoadOptions = {}) => {
          const { signal } = new AbortController();
          const value = await loader({ signal } as unknown as LoadContext);
          await cache.add(key, value, options);
          return value;
        },
      });
    },
  ),
  cacheMutant(
    'many-plain',
    'getOrSetMany is getMany, the loader and setMany.',
    [
      'cache/many-loads/failures',
      'cache/many-loads/refresh-at',
      'cache/many-loads/shared',
      'cache/many-loads/overtaken',
      'cache/many-loads/fleet',
      'cache/many-loads/fails-open',
      'cache/many-loads/signal',
      'cache/reentrant/many',
    ],
    (cache) => {
      return over(cache, {
        getOrSetMany: async (keys: readonly string[], loader: AnyManyLoader, options: LoadOptions = {}) => {
          const found = await cache.getMany(keys, options);
          const missing = [...new Set(keys.filter((_, index) => found[index] === undefined))];
          const values = missing.length === 0 ? new Map<string, unknown>() : await loader(missing);
          await cache.setMany(Array.from(values, ([key, value]) => [key, value, options]));
          return keys.map((key, index) => found[index] ?? values.get(key));
        },
      });
    },
  ),
  cacheMutant(
    'gaps-null',
    'getOrSetMany answers null for what its loader does not bring, and keeps it.',
    ['cache/many-loads/gaps', 'cache/many-loads/positions'],
    (cache) => {
      return over(cache, {
        getOrSetMany: (keys: readonly string[], loader: AnyManyLoader, options: LoadOptions = {}) => {
          const whole = async (missing: readonly string[]): Promise<Map<string, unknown>> => {
            const values = await loader(missing);
            return new Map(missing.map((key) => [key, values.get(key) ?? null]));
          };
          const { tags: _tags, ...rest } = options;
          return cache.getOrSetMany(keys, whole, rest);
        },
      });
    },
  ),
  cacheMutant(
    'looks-twice',
    'What reads asks twice.',
    ['cache/tags/cost', 'cache/many-loads/cost', 'cache/cost/get-many'],
    (cache) => {
      return over(cache, {
        get: async (key: string, options?: CallOptions) => {
          await cache.get(key, options);
          return await cache.get(key, options);
        },
        getMany: async (keys: readonly string[], options?: CallOptions) => {
          await cache.getMany(keys, options);
          return await cache.getMany(keys, options);
        },
        getOrSetMany: async (keys: readonly string[], loader: AnyManyLoader, options: LoadOptions = {}) => {
          await cache.getMany(keys);
          return await cache.getOrSetMany(keys, loader, options);
        },
      });
    },
  ),
  cacheMutant(
    'warm-plain',
    'warm loads every key, one after the other, and ends with the first failure.',
    ['cache/warm/report', 'cache/warm/concurrency', 'cache/warm/resumes', 'cache/warm/input'],
    (cache) => {
      return over(cache, {
        warm: async (keys: Iterable<string>, loader: (key: string, context: LoadContext) => unknown) => {
          let loaded = 0;
          for (const key of keys) {
            await cache.refresh(key, (context) => loader(key, context));
            loaded += 1;
          }
          return { loaded, skipped: 0, failures: new Map(), left: [] };
        },
      });
    },
  ),
  cacheMutant(
    'wrap-plain',
    'wrap answers the function itself.',
    ['cache/wrap/wrap', 'cache/wrap/failures', 'cache/wrap/input'],
    (cache) => over(cache, { wrap: (call: unknown) => call }),
  ),
  cacheMutant(
    'loaders-unseen',
    'A loader is not known as one when it asks the cache.',
    ['cache/reentrant/itself', 'cache/reentrant/indirectly', 'cache/reentrant/many'],
    (cache) => {
      const outside = AsyncResource.bind(async (run: () => unknown): Promise<unknown> => await run());
      return over(cache, {
        getOrSet: (key: string, loader: AnyLoader, options: LoadOptions = {}) => {
          return cache.getOrSet(key, (context) => outside(() => loader(context)), options);
        },
        getOrSetMany: (keys: readonly string[], loader: AnyManyLoader, options: LoadOptions = {}) => {
          const unseen = (missing: readonly string[]): Promise<Map<string, unknown>> => {
            return outside(() => loader(missing)) as Promise<Map<string, unknown>>;
          };
          return cache.getOrSetMany(keys, unseen, options);
        },
      });
    },
  ),
  cacheMutant(
    'loaders-forbidden',
    'A loader may not load anything.',
    ['cache/reentrant/allowed'],
    (cache) => {
      const within = new AsyncLocalStorage<true>();
      return over(cache, {
        getOrSet: async (key: string, loader: AnyLoader, options: LoadOptions = {}) => {
          if (within.getStore()) throw new CacheError('REENTRANT', 'not now', { operation: 'getOrSet', key });
          return await cache.getOrSet(key, (context) => within.run(true, () => loader(context)), options);
        },
      });
    },
  ),
  cacheMutant(
    'close-forgets-loads',
    'close leaves the loads of the cache as they are.',
    ['cache/leases/closes', 'cache/loads/close-signal'],
    (cache) => over(cache, { close: async () => undefined }),
  ),
  cacheMutant(
    'schema-ignored',
    'Values are not checked by a schema.',
    ['cache/schema/rejects', 'cache/schema/transforms', 'cache/schema/namespaces', 'cache/schema/input'],
    (_cache, { schema: _schema, ...options }, sound) => sound(options),
  ),
  cacheMutant(
    'keeps-parsed',
    'notModified keeps what the schema made of the stale value.',
    ['cache/schema/not-modified'],
    (cache) => {
      return over(cache, {
        getOrSet: (key: string, loader: AnyLoader, options?: LoadOptions) => {
          const parsed = (context: LoadContext): unknown => {
            return loader({ ...context, notModified: () => context.stale } as LoadContext);
          };
          return cache.getOrSet(key, parsed, options);
        },
      });
    },
  ),
  cacheMutant(
    'loads-until-kept',
    'getOrSet loads again and again until its value is kept.',
    ['cache/leases/refused-done'],
    (cache) => {
      return over(cache, {
        getOrSet: async (key: string, loader: AnyLoader, options?: LoadOptions) => {
          for (let round = 0; ; round += 1) {
            const value = await cache.getOrSet(key, loader, options);
            if (round === 50 || (await cache.get(key)) !== undefined) return value;
          }
        },
      });
    },
  ),
  cacheMutant(
    'policies-ignored',
    'Names of policies, and the options of namespaces, are ignored.',
    [
      'cache/policies/named',
      'cache/policies/namespaces',
      'cache/policies/unknown',
      'cache/freshness/defaults',
    ],
    (cache) => {
      const without = (options: { policy?: string } = {}): object => ({ ...options, policy: undefined });
      return over(
        spaced(cache, () => ({})),
        {
          set: (key: string, value: unknown, options?: object) => cache.set(key, value, without(options)),
          getOrSet: (key: string, loader: AnyLoader, options?: object) => {
            return cache.getOrSet(key, loader, without(options));
          },
        },
      );
    },
  ),
  cacheMutant(
    'breaker-never',
    'A server that does not answer is asked by every get.',
    ['cache/breaker/opens'],
    (cache, options, sound) => {
      return over(cache, { get: (key: string, own?: CallOptions) => sound(options).get(key, own) });
    },
  ),
  cacheMutant(
    'breaker-for-all',
    'After five failures nothing is done any more, in no namespace.',
    ['cache/breaker/writes-tried', 'cache/breaker/apart'],
    (cache) => {
      let errors = 0;
      cache.on('error', () => {
        errors += 1;
      });
      const refused = async (): Promise<never> => {
        throw new CacheError('UNAVAILABLE', 'left alone', { operation: 'any' });
      };
      const closing = (space: TestCache): object => ({
        get: (key: string, options?: CallOptions) => (errors < 5 ? space.get(key, options) : refused()),
        set: (...given: Parameters<TestCache['set']>) => (errors < 6 ? space.set(...given) : refused()),
      });
      return over(spaced(cache, closing), closing(cache));
    },
  ),
];
