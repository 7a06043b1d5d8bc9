import type { CallOptions, SetOptions } from '@cache/core';
import { cacheMutant, type Mutant } from './mutant.ts';
import { joined, over, spaced } from './over.ts';

/** Defects of the cache. */
export const caching: readonly Mutant[] = [
  cacheMutant(
    'queue-forgets',
    'What is said to be queued is forgotten, whatever it failed of.',
    [
      'cache/queue/replayed',
      'cache/queue/order',
      'cache/queue/apart',
      'cache/queue/rejects',
      'cache/queue/bounded',
    ],
    (_cache, { onInvalidationFailure: _, ...options }, sound) => {
      const cache = sound(options);
      const queued = async (call: Promise<unknown>): Promise<unknown> => await call.catch(() => 'queued');
      return over(cache, {
        delete: (key: string, own?: CallOptions) => queued(cache.delete(key, own)),
        expire: (key: string, own?: CallOptions) => queued(cache.expire(key, own)),
        clear: (own?: CallOptions) => queued(cache.clear(own)),
      });
    },
  ),
  cacheMutant(
    'falsy-miss',
    'A falsy value is a miss.',
    ['cache/values/falsy', 'cache/keys/characters'],
    (cache) => {
      return over(cache, {
        get: async (key: string, options?: CallOptions) => (await cache.get(key, options)) || undefined,
      });
    },
  ),
  cacheMutant(
    'null-miss',
    'A miss is null.',
    [
      'cache/values/miss',
      'cache/results/delete',
      'cache/results/touch',
      'cache/results/expire',
      'cache/life/ends',
      'cache/life/touch',
      'cache/life/expires-at',
      'cache/life/sliding',
      'cache/life/sliding-cap',
      'cache/life/sliding-server',
      'cache/loads/failure',
      'cache/loads/delete-many-during',
      'cache/loads/expire-during',
      'cache/loads/clear-during',
      'cache/counters/apart',
      'cache/namespaces/root',
      'cache/clear/other-cache',
      'cache/keys/hashed-verified',
      'cache/order/set-delete',
      'cache/order/clear-set',
      'cache/failures/recovers',
      'cache/failures/undecodable',
      'cache/every/concurrent',
      'cache/every/busy',
    ],
    (cache) => {
      return over(cache, {
        get: async (key: string, options?: CallOptions) => (await cache.get(key, options)) ?? null,
      });
    },
  ),
  cacheMutant(
    'load-each',
    'getOrSet is get, load and set, for every caller.',
    [
      'cache/loads/one-load',
      'cache/loads/delete-during',
      'cache/loads/late-fill',
      'cache/loads/set-during',
      'cache/loads/stale-source',
      'cache/values/falsy-load',
      'cache/input/other-durations',
      'cache/input/loader',
      'cache/loads/stores',
      'cache/loads/close-signal',
      'cache/failures/load-goes-on',
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
  cacheMutant(
    'add-in-two',
    'add is has and then set.',
    ['cache/results/add-race', 'cache/input/circular', 'cache/input/unencodable', 'cache/input/too-large'],
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
  cacheMutant(
    'expire-deletes',
    'expire deletes, grace or not.',
    ['cache/life/expire', 'cache/input/expire-ttl', 'cache/events/keys'],
    (cache) => {
      return over(cache, { expire: (key: string, options?: CallOptions) => cache.delete(key, options) });
    },
  ),
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
  cacheMutant(
    'grace-lost',
    'grace is ignored.',
    [
      'cache/life/grace',
      'cache/life/touch-grace',
      'cache/input/options',
      'cache/life/sliding-grace',
      'cache/life/server-ttl',
      'cache/every/promise',
    ],
    (cache) => {
      return over(cache, {
        set: (key: string, value: unknown, options: SetOptions = {}) => {
          const { grace: _grace, ...rest } = options;
          return cache.set(key, value, rest);
        },
      });
    },
  ),
  cacheMutant(
    'ttl-in-seconds',
    'ttl answers seconds.',
    [
      'cache/results/ttl',
      'cache/input/units',
      'cache/results/set-many',
      'cache/results/add',
      'cache/results/get-and-set',
      'cache/input/expires-at',
      'cache/input/long-ttl',
      'cache/life/default',
      'cache/life/replaces',
      'cache/life/jitter',
      'cache/keys/hashed',
    ],
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
    ['cache/namespaces/nested', 'cache/input/create', 'cache/keys/hashed-names'],
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
    [
      'cache/namespaces/split',
      'cache/namespaces/clear',
      'cache/loads/one-load-namespaces',
      'cache/counters/namespaces',
      'cache/namespaces/values',
    ],
    (cache) => joined(cache, cache, ''),
  ),
];
