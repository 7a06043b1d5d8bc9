import type { AnyAdapter, CacheOptions, CallOptions } from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import { withParts } from '../kit/wrap.ts';
import { adapterMutant, cacheMutant, type Mutant, makingMutant } from './mutant.ts';
import { over } from './over.ts';

/** Replicas that are asked what they must not be asked, or not what they may. */
export const replicating: readonly Mutant[] = [
  replicated('reads-lag', 'Every read is answered by replicas.', ['replicas/current'], lagging),
  replicated('flag-lost', 'A wrapper drops `mayLag`.', ['replicas/used'], (adapter) => {
    return withParts(adapter, { read: (keys, { deadline }) => adapter.read(keys, { deadline }) });
  }),
  replicated(
    'replicas-unsaid',
    'Replicas answer, and the adapter does not say it.',
    ['replicas/answers'],
    (adapter) => withParts(adapter, { hasReplicas: false }),
  ),
  replicated('replicas-shuffle', 'Replicas answer in another order.', ['replicas/answers'], (adapter) => {
    return withParts(adapter, {
      async read(keys, call) {
        const answers = await adapter.read(keys, { ...call, mayLag: false });
        return call.mayLag === true ? answers.toReversed() : answers;
      },
    });
  }),
  behind(
    'decides-by-replica',
    'Whatever the cache reads is answered by replicas.',
    [
      'cache/replicas/miss',
      'cache/replicas/fill',
      'cache/replicas/nested',
      'cache/replicas/lease',
      'cache/replicas/conditions',
      'cache/replicas/counters',
      'cache/replicas/invalidations',
      'cache/replicas/refresh',
      'cache/replicas/local',
    ],
    lagging,
  ),
  behind(
    'turn-lags',
    'Where one read of a turn may lag, all of them do.',
    ['cache/replicas/conditions'],
    (adapter) => {
      let lags = false;
      return withParts(adapter, {
        async read(keys, call) {
          if (call.mayLag === true) lags = true;
          // Those of the same turn have been made by now.
          await Promise.resolve();
          setImmediate(() => {
            lags = false;
          });
          return await adapter.read(keys, { ...call, mayLag: lags });
        },
      });
    },
  ),
  behind(
    'replica-miss-counts',
    'What a replica does not have is a miss.',
    ['cache/replicas/miss'],
    (adapter) => {
      const missed = new Set<string>();
      return withParts(adapter, {
        async read(keys, call) {
          const outcomes = await adapter.read(keys, call);
          if (call.mayLag !== true) {
            return outcomes.map((one, index) => {
              const isMissed = missed.delete(keys[index] as string);
              return isMissed ? { ok: true, value: undefined } : one;
            });
          }
          outcomes.forEach((one, index) => {
            if (one.ok && one.value === undefined) missed.add(keys[index] as string);
          });
          return outcomes;
        },
      });
    },
  ),
  behind(
    'replica-failure-told',
    'What a replica fails at is not asked of the server.',
    ['cache/replicas/failure'],
    (adapter) => {
      const failures = new Map<string, Awaited<ReturnType<TestAdapter['read']>>[number]>();
      return withParts(adapter, {
        async read(keys, call) {
          const outcomes = await adapter.read(keys, call);
          return outcomes.map((one, index) => {
            const key = keys[index] as string;
            if (call.mayLag === true) {
              if (!one.ok) failures.set(key, one);
              return one;
            }
            const failure = failures.get(key);
            failures.delete(key);
            return failure ?? one;
          });
        },
      });
    },
  ),
  behind(
    'replica-unasked',
    'No read is answered by replicas.',
    ['cache/replicas/hit', 'cache/replicas/apart'],
    (adapter) => withParts(adapter, { hasReplicas: false }),
  ),
  behind(
    'replica-twice',
    'Whatever a replica answers, the server is asked as well.',
    ['cache/replicas/hit', 'cache/replicas/apart'],
    (adapter) => {
      return withParts(adapter, {
        async read(keys, call) {
          const outcomes = await adapter.read(keys, call);
          if (call.mayLag !== true) return outcomes;
          const asked = await adapter.read(keys, { ...call, mayLag: false });
          return asked.some((one) => !one.ok) ? asked : outcomes;
        },
      });
    },
  ),
  behind(
    'replica-first-view',
    'What a replica has answered once it answers for ever.',
    ['cache/replicas/catches-up', 'cache/replicas/invalidations'],
    (adapter) => {
      const first = new Map<string, Awaited<ReturnType<TestAdapter['read']>>[number]>();
      return withParts(adapter, {
        async read(keys, call) {
          const outcomes = await adapter.read(keys, call);
          if (call.mayLag !== true) return outcomes;
          return outcomes.map((one, index) => {
            const key = keys[index] as string;
            const known = first.get(key);
            if (known === undefined && one.ok && one.value !== undefined) first.set(key, one);
            return known ?? one;
          });
        },
      });
    },
  ),
  behind(
    'replica-remembered',
    'After a read of replicas the record of a write is asked of them, too.',
    ['cache/replicas/remembers'],
    (adapter) => {
      let isBehind = false;
      return withParts(adapter, {
        async read(keys, call) {
          if (call.mayLag === true) isBehind = true;
          return await adapter.read(keys, { ...call, mayLag: isBehind });
        },
        async write(writes, call) {
          const answers = await adapter.write(writes, call);
          return isBehind ? await adapter.write(writes, call) : answers;
        },
      });
    },
  ),
  makingMutant(
    'copies-lag',
    'A cache with a local tier reads from replicas.',
    ['cache/replicas/local'],
    (options, make) => {
      const isNear = options.local !== undefined;
      return make(isNear ? { ...options, adapter: lagging(options.adapter as TestAdapter) } : options);
    },
  ),
  cacheMutant(
    'lag-unsaid',
    'The guarantees are silent about replicas.',
    ['cache/replicas/guarantees'],
    (cache) => {
      const replicaStaleness = { holds: 'yes', says: '' } as const;
      return over(cache, { guarantees: { ...cache.guarantees, replicaStaleness } });
    },
  ),
  cacheMutant(
    'hits-are-loaded',
    'Where a hit is due, it is loaded anew at once.',
    ['cache/replicas/refresh'],
    (cache) => {
      return over(cache, {
        getOrSet: async (key: string, loader: () => unknown, options?: CallOptions) => {
          const found = await cache.get(key, options);
          void cache.refresh(key, loader, options).catch(() => undefined);
          return found ?? (await cache.getOrSet(key, loader, options));
        },
      });
    },
  ),
];

function lagging(adapter: TestAdapter): TestAdapter {
  return withParts(adapter, { read: (keys, call) => adapter.read(keys, { ...call, mayLag: true }) });
}

/** A mutant of an adapter that has replicas. */
function replicated(
  name: string,
  does: string,
  caughtBy: readonly string[],
  breakAdapter: (adapter: TestAdapter) => TestAdapter,
): Mutant {
  const mutant = adapterMutant(name, does, caughtBy, ({ adapter }) => breakAdapter(adapter));
  return { ...mutant, replicas: true };
}

/** A cache that goes wrong where it has replicas: told as what becomes of its reads. */
function behind(
  name: string,
  does: string,
  caughtBy: readonly string[],
  breakAdapter: (adapter: TestAdapter) => TestAdapter,
): Mutant {
  return makingMutant(name, does, caughtBy, (options: CacheOptions<AnyAdapter>, make) => {
    const adapter = options.adapter as TestAdapter;
    return make(adapter.hasReplicas === true ? { ...options, adapter: breakAdapter(adapter) } : options);
  });
}
