import { deepEqual, equal, ok } from 'node:assert/strict';
import { Gate } from '../../faults/gate.ts';
import { rejection, type TestCache } from '../../kit/cache-bench.ts';
import { rejectsWith } from '../../kit/check.ts';
import { type CacheRule, group } from '../../rule.ts';

export const loads: readonly CacheRule[] = group('cache/loads', {
  stores: [
    'getOrSet answers what its loader brings and stores it, with its life; the next call does not load.',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.getOrSet('k', () => 1, { ttl: '1h' }), 1);
      equal(await cache.getOrSet('k', async () => 2), 1);
      equal(await cache.get('k'), 1);
      equal(await cache.ttl('k'), 3_600_000);
      equal(cache.stats().loads, 1);
    },
  ],
  'one-load': [
    'Any number of calls for one key at the same time run one loader, and all of them get its value.',
    async (bench) => {
      const cache = bench.cache();
      const gate = new Gate();
      let loads = 0;
      const loader = async (): Promise<number> => {
        loads += 1;
        await gate.pass();
        return loads;
      };
      const calls = Array.from({ length: 50 }, () => cache.getOrSet('k', loader));
      await gate.arrived();
      calls.push(...Array.from({ length: 50 }, () => cache.getOrSet('k', loader)));
      gate.open();
      deepEqual(await Promise.all(calls), new Array(100).fill(1));
      equal(loads, 1);
    },
  ],
  'one-load-namespaces': [
    'Two objects of one namespace share a load; the same key in another namespace does not.',
    async (bench) => {
      const cache = bench.cache();
      const [one, same, other] = [cache.namespace('n'), cache.namespace('n'), cache.namespace('o')];
      let loads = 0;
      const loader = async (): Promise<number> => {
        loads += 1;
        return loads;
      };
      const [a, b] = await Promise.all([one.getOrSet('k', loader), same.getOrSet('k', loader)]);
      deepEqual([a, b], [1, 1]);
      equal(await other.getOrSet('k', loader), 2);
    },
  ],
  apart: [
    'Loads of different keys do not wait for one another.',
    async (bench) => {
      const cache = bench.cache();
      const gate = new Gate();
      const slow = cache.getOrSet('slow', async () => {
        await gate.pass();
        return 'slow';
      });
      await gate.arrived();
      equal(await cache.getOrSet('fast', () => 'fast'), 'fast');
      gate.open();
      equal(await slow, 'slow');
    },
  ],
  failure: [
    "A loader's error is what every waiting call gets, as it was thrown; the loader ran once, nothing is stored, and the next call loads again.",
    async (bench) => {
      const cache = bench.cache();
      const error = new Error('the source is down');
      let loads = 0;
      const failing = async (): Promise<never> => {
        loads += 1;
        throw error;
      };
      const calls = await Promise.allSettled(Array.from({ length: 20 }, () => cache.getOrSet('k', failing)));
      ok(
        calls.every((call) => call.status === 'rejected' && call.reason === error),
        'not the same error',
      );
      equal(loads, 1);
      equal(cache.stats().loadFailures, 1);
      equal(await cache.get('k'), undefined);
      equal(await cache.getOrSet('k', () => 1), 1);
    },
  ],
  throws: [
    'A loader that throws at once rejects the call, as one that rejects.',
    async (bench) => {
      const error = new TypeError('at once');
      const throwing = (): never => {
        throw error;
      };
      await rejectsWith(error, bench.cache().getOrSet('k', throwing));
    },
  ],
  'delete-during': [
    'A delete during a load: the value is not kept, and a call made after the delete loads again.',
    async (bench) => overtaken(bench.cache(), (cache) => cache.delete('k')),
  ],
  'delete-many-during': [
    'A deleteMany during a load: the value is not kept, and a call made after it loads again.',
    async (bench) => overtaken(bench.cache(), (cache) => cache.deleteMany(['other', 'k'])),
  ],
  'expire-during': [
    'An expire during a load: the value is not kept, and a call made after it loads again.',
    async (bench) => overtaken(bench.cache(), (cache) => cache.expire('k')),
  ],
  'clear-during': [
    'A clear during a load, by this cache or another one over the same store: the value is not kept, and a call made after it loads again.',
    async (bench) => {
      await overtaken(bench.cache(), (cache) => cache.clear());
      const other = bench.cache();
      const cache = bench.cache();
      await cache.set('warm', 1);
      const { finish } = await loading(cache, 'old');
      await other.clear();
      await finish();
      equal(await cache.get('k'), undefined);
      equal(await other.get('k'), undefined);
    },
  ],
  'set-during': [
    'A set, setMany, add or getAndSet during a load, by this cache or another one, stays: the load does not overwrite it.',
    async (bench) => {
      const writes: ((cache: TestCache) => Promise<unknown>)[] = [
        (cache) => cache.set('k', 'new'),
        (cache) => cache.setMany([['k', 'new']]),
        (cache) => cache.add('k', 'new'),
        (cache) => cache.getAndSet('k', 'new'),
      ];
      for (const write of writes) {
        for (const writer of ['same', 'other']) {
          const cache = bench.cache({ namespace: bench.key() });
          const { finish } = await loading(cache, 'old');
          await write(writer === 'same' ? cache : bench.cache({ namespace: cache.path[0] as string }));
          await finish();
          equal(await cache.get('k'), 'new', `a write by the ${writer} cache`);
        }
      }
    },
  ],
  'late-fill': [
    'A load that was overtaken and ends after the next load of its key does not overwrite it.',
    async (bench) => {
      const cache = bench.cache();
      const { finish } = await loading(cache, 'old');
      await cache.delete('k');
      equal(await cache.getOrSet('k', () => 'new'), 'new');
      equal(await finish(), 'old');
      equal(await cache.get('k'), 'new');
      equal(await cache.getOrSet('k', () => 'again'), 'new');
    },
  ],
  'stale-source': [
    'No call made after a delete has resolved gets a value that was loaded before it, however many deletes and loads overlap.',
    async (bench) => {
      const cache = bench.cache();
      let committed = 0;
      const load = async (): Promise<number> => {
        const seen = committed;
        for (let i = 0; i < seen % 4; i += 1) await new Promise((resolve) => setImmediate(resolve));
        return seen;
      };
      const checks: Promise<void>[] = [];
      for (let i = 1; i <= 60; i += 1) {
        checks.push(cache.getOrSet<number>('k', load).then(() => undefined));
        committed = i;
        await cache.delete('k');
        const call = cache.getOrSet<number>('k', load);
        checks.push(call.then((value) => ok(value >= i, `${value}, after ${i} was committed and deleted`)));
        const read = cache.get<number>('k');
        checks.push(read.then((value) => ok(value === undefined || value >= i, `get: ${value} after ${i}`)));
      }
      await Promise.all(checks);
    },
  ],
  'in-order': [
    'A getOrSet takes effect after what was called on its key before it, awaited or not.',
    async (bench) => {
      const cache = bench.cache();
      const loader = (): string => 'loaded';
      deepEqual(await Promise.all([cache.set('k', 'set'), cache.getOrSet('k', loader)]), [undefined, 'set']);
      deepEqual(await Promise.all([cache.expire('k'), cache.getOrSet('k', loader)]), [true, 'loaded']);
      deepEqual(await Promise.all([cache.add('new', 1), cache.getOrSet('new', loader)]), [true, 1]);
      deepEqual(await Promise.all([cache.getAndSet('k', 2), cache.getOrSetMany(['k'], () => new Map())]), [
        'loaded',
        [2],
      ]);
    },
  ],
  signal: [
    'Aborting one waiting call rejects it with ABORTED and stops neither the load nor the others that wait for it.',
    async (bench) => {
      const cache = bench.cache();
      const gate = new Gate();
      const loader = async (): Promise<number> => {
        await gate.pass();
        return 1;
      };
      const controller = new AbortController();
      const aborted = rejection('ABORTED', 'getOrSet', () =>
        cache.getOrSet('k', loader, { signal: controller.signal }),
      );
      await gate.arrived();
      const other = cache.getOrSet('k', loader);
      controller.abort();
      equal((await aborted).key, 'k');
      gate.open();
      equal(await other, 1);
      equal(await cache.get('k'), 1);
    },
  ],
  'close-signal': [
    'A loader gets a signal, which is aborted when the cache is closed.',
    async (bench) => {
      const cache = bench.cache();
      const gate = new Gate();
      let signal: AbortSignal | undefined;
      const call = cache.getOrSet('k', async (context) => {
        signal = context.signal;
        await gate.pass();
        return 1;
      });
      const settled = call.catch(() => undefined);
      await gate.arrived();
      equal(signal?.aborted, false);
      await cache.close();
      equal(signal?.aborted, true);
      gate.open();
      await settled;
    },
  ],
});

/** A load of `k` that is under way, and how to let it bring its value. */
async function loading(cache: TestCache, value: string): Promise<{ finish(): Promise<unknown> }> {
  const gate = new Gate();
  const call = cache.getOrSet('k', async () => {
    await gate.pass();
    return value;
  });
  await gate.arrived();
  return {
    finish: () => {
      gate.open();
      return call;
    },
  };
}

/** An invalidation overtakes a load that ends before the next one, and one that ends after it. */
async function overtaken(
  cache: TestCache,
  invalidate: (cache: TestCache) => Promise<unknown>,
): Promise<void> {
  const first = await loading(cache, 'old');
  await invalidate(cache);
  equal(await first.finish(), 'old', 'the call that began before gets what it loaded');
  equal(await cache.get('k'), undefined, 'the value was kept');

  const second = await loading(cache, 'old');
  await invalidate(cache);
  const later = await loading(cache, 'new');
  await second.finish();
  equal(await later.finish(), 'new', 'a call made after joined the load from before');
  equal(await cache.get('k'), 'new');
  await invalidate(cache);
}
