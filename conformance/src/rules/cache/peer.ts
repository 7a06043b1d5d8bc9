import { deepEqual, equal, ok } from 'node:assert/strict';
import type { CacheBench, TestCache } from '../../kit/cache-bench.ts';
import { type CacheRule, group } from '../../rule.ts';

const MINUTE = 60_000;

/** Two caches over two adapters of one server. */
export const peer: readonly CacheRule[] = group('cache/peer', {
  values: [
    'Caches over different adapters of one server read each other’s entries: text, numbers, structures, bytes, long keys, with their lives.',
    'peer',
    'bytes',
    async (bench) => {
      for (const [one, two] of await bothWays(bench)) {
        for (const value of [
          'grüße \u{1f600}',
          0,
          -1.5,
          null,
          false,
          '',
          { deep: [{ a: 1 }], text: 'x'.repeat(70_000) },
        ]) {
          await one.set('k', value, { ttl: MINUTE });
          deepEqual(await two.get('k'), value);
          const ttl = (await two.ttl('k')) ?? 0;
          ok(ttl > MINUTE / 2 && ttl <= MINUTE, `ttl ${ttl}`);
        }
        const bytes = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
        await one.setBytes('bytes', bytes);
        deepEqual(Uint8Array.from((await two.getBytes('bytes')) ?? []), bytes);
        const long = 'long/'.repeat(500);
        await one.set(long, 1);
        equal(await two.get(long), 1);
        equal(await two.delete(long), true);
        equal(await one.has(long), false);
      }
    },
  ],
  overwrites: [
    'Caches over different adapters of one server overwrite, compare and remove each other’s entries.',
    'peer',
    'bytes',
    async (bench) => {
      for (const [one, two] of await bothWays(bench)) {
        await one.set('a', 1);
        await two.set('a', 2);
        equal(await one.get('a'), 2);
        equal(await two.getAndSet('a', 3), 2);
        equal(await one.add('a', 4), false);
        equal(await two.delete('a'), true);
        equal(await one.add('a', 4), true);
        const swaps = await Promise.all(
          Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).getAndSet('a', i + 10)),
        );
        equal(new Set(swaps).size, 20, 'a value was taken twice');
        equal(await two.delete('a'), true);
      }
    },
  ],
  invalidates: [
    'touch, expire, clear and sliding renewals of one cache hold for a cache over another adapter of the server.',
    'peer',
    'bytes',
    async (bench) => {
      for (const [one, two] of await bothWays(bench)) {
        await one.setMany([
          ['x', 1],
          ['y', 2, { grace: '1h' }],
        ]);
        equal(await two.touch('x', { ttl: '2h' }), true);
        ok(((await one.ttl('x')) ?? 0) > 60 * MINUTE);
        equal(await two.expire('y'), true);
        equal((await one.lookup('y')).state, 'stale');
        await two.clear();
        deepEqual(await one.getMany(['x', 'y']), [undefined, undefined]);
        await one.set('x', 3);
        equal(await two.get('x'), 3);
      }
    },
  ],
  counters: [
    'Counters go on from one cache to a cache over another adapter of the server, and end with a clear of either.',
    'peer',
    'counters',
    async (bench) => {
      for (const [one, two] of await bothWays(bench)) {
        await one.increment('n', 2n ** 62n);
        equal(await two.increment('n', 2n ** 62n - 1n), 2n ** 63n - 1n);
        equal(await one.decrement('n', 1n), 2n ** 63n - 2n);
        await two.clear();
        equal(await one.increment('n'), 1);
        await one.clear();
      }
    },
  ],
});

/** A cache over the adapter and one over its peer, each of them as the first. */
async function bothWays(bench: CacheBench): Promise<[TestCache, TestCache][]> {
  const [one, two] = [bench.cache(), bench.cache({ adapter: await bench.peer() })];
  return [
    [one, two],
    [two, one],
  ];
}
