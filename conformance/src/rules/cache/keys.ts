import { deepEqual, equal, ok } from 'node:assert/strict';
import type { CacheBench, TestCache } from '../../kit/cache-bench.ts';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const LIMIT = 200;

export const keys: readonly CacheRule[] = group('cache/keys', {
  characters: [
    'Keys are taken as they are: case, white space, control characters, unicode forms, globs and separators make different keys.',
    async (bench) => {
      const cache = bench.cache();
      const all = [
        'a',
        'A',
        ' a',
        'a ',
        'a\n',
        'a\0',
        'a*',
        '*',
        '?',
        '[a]',
        'a:',
        'a/',
        '{a}',
        'é',
        'e\u0301',
        '😀',
        '__proto__',
        'constructor',
        '0',
      ];
      await cache.setMany(all.map((key, i) => [key, i]));
      deepEqual(
        await cache.getMany(all),
        all.map((_, i) => i),
      );
      for (const [i, key] of all.entries()) equal(await cache.get(key), i);
    },
  ],
  hashed: [
    'A key that is too long for the server works with every method: it is hashed, and no longer key reaches the adapter.',
    async (bench) => {
      const { cache, longest } = narrow(bench);
      const key = 'k'.repeat(5000);
      await cache.set(key, 1);
      equal(await cache.get(key), 1);
      equal(await cache.add(key, 2), false);
      equal(await cache.getAndSet(key, 2), 1);
      equal(await cache.touch(key, { ttl: '1h' }), true);
      equal(await cache.ttl(key), 3_600_000);
      deepEqual(await cache.getMany([key, `${key}x`]), [2, undefined]);
      equal(await cache.getOrSet(`${key}x`, () => 3), 3);
      equal(await cache.expire(key), true);
      equal(await cache.delete(`${key}x`), true);
      if (bench.adapter.counters !== undefined) equal(await cache.increment(key), 1);
      ok(longest() <= LIMIT, `a key of ${longest()} bytes reached the adapter`);
    },
  ],
  'hashed-apart': [
    'Long keys that differ anywhere, if only in the last character, are different keys.',
    async (bench) => {
      const { cache } = narrow(bench);
      const base = 'k'.repeat(1000);
      const all = [base, `${base}1`, `${base}2`, `1${base}`, `${base} `, base.toUpperCase()];
      await cache.setMany(all.map((key, i) => [key, i]));
      deepEqual(
        await cache.getMany(all),
        all.map((_, i) => i),
      );
      await cache.delete(all[1] as string);
      deepEqual(
        await cache.getMany(all),
        all.map((_, i) => (i === 1 ? undefined : i)),
      );
    },
  ],
  'hashed-verified': [
    'The original of a hashed key is kept and verified: what stands under the same hash for another key is a miss, and is not returned.',
    async (bench) => {
      const { cache, written } = narrow(bench);
      const [mine, theirs] = ['m'.repeat(1000), 't'.repeat(1000)];
      await cache.set(mine, 'mine');
      const mineAt = written();
      await cache.set(theirs, 'theirs');
      const theirsAt = written();
      // As if both had one hash: their entry stands where mine is looked for.
      const stolen = await bench.read(theirsAt);
      ok(stolen !== undefined && mineAt !== theirsAt);
      await bench.put(mineAt, stolen.payload);
      equal(await cache.get(mine), undefined);
      deepEqual(await cache.getMany([mine, theirs]), [undefined, 'theirs']);
      equal((await cache.lookup(mine)).state, 'miss');
      equal(await cache.getOrSet(mine, () => 'again'), 'again');
      equal(await cache.get(mine), 'again');
    },
  ],
  'hashed-names': [
    'Long keys of different namespaces, and long and short keys, do not meet.',
    async (bench) => {
      const { cache } = narrow(bench);
      const long = 'k'.repeat(1000);
      const other = cache.namespace('other');
      await cache.set(long, 1);
      await other.set(long, 2);
      equal(await cache.get(long), 1);
      equal(await other.get(long), 2);
      await other.clear();
      equal(await cache.get(long), 1);
    },
  ],
});

/** A cache over the adapter as if it took keys of 200 bytes only, and what keys reached it. */
function narrow(bench: CacheBench): { cache: TestCache; longest(): number; written(): string } {
  let longest = 0;
  let last = '';
  const { adapter } = bench;
  const see = (key: string): void => {
    longest = Math.max(longest, Buffer.byteLength(key));
  };
  const cache = bench.cache({
    adapter: withParts(adapter, {
      limits: { ...adapter.limits, maxKeyBytes: LIMIT },
      read(names, call) {
        for (const key of names) see(key);
        return adapter.read(names, call);
      },
      write(writes, call) {
        for (const { key, ttlMs } of writes) {
          see(key);
          if (ttlMs !== null) last = key;
        }
        return adapter.write(writes, call);
      },
    }),
  });
  return { cache, longest: () => longest, written: () => last };
}
