import { deepEqual, equal } from 'node:assert/strict';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

/** Names that an unescaped separator, glob or prefix would mix up. */
const NAMES = [
  'a',
  'ab',
  'a*',
  '*',
  'a?',
  '[ab]',
  'a:b',
  'a/b',
  'a%2Fb',
  'a}b',
  '{a}',
  '}v:',
  'a#1',
  'a b',
  'A',
  'é',
  'e\u0301',
  '鍵',
  '__proto__',
  '%',
];

export const namespaces: readonly CacheRule[] = group('cache/namespaces', {
  values: [
    'Equal keys in different namespaces are different entries, whatever characters the names hold.',
    async (bench) => {
      const spaces = NAMES.map((name) => bench.cache().namespace(name));
      for (const [i, space] of spaces.entries()) await space.set('k', i);
      for (const [i, space] of spaces.entries()) equal(await space.get('k'), i, `in ${NAMES[i]}`);
      equal(await spaces[3]?.delete('k'), true);
      for (const [i, space] of spaces.entries())
        equal(await space.get('k'), i === 3 ? undefined : i, `in ${NAMES[i]}`);
    },
  ],
  clear: [
    'clear of one namespace touches no other, whatever characters the names hold: prefixes, globs, separators, unicode.',
    async (bench) => {
      const cache = bench.cache();
      const spaces = NAMES.map((name) => cache.namespace(name));
      for (const [i, space] of spaces.entries()) await space.set('k', i);
      const left = new Set(NAMES.keys());
      for (const i of [3, 0, 5, 1, 10, 6]) {
        await spaces[i]?.clear();
        left.delete(i);
        for (const [j, space] of spaces.entries()) {
          equal(
            await space.get('k'),
            left.has(j) ? j : undefined,
            `${NAMES[j]}, after a clear of ${NAMES[i]}`,
          );
        }
      }
    },
  ],
  split: [
    'What is the name and what is the key cannot be confused: `a` and `b:c` is not `a:b` and `c`.',
    async (bench) => {
      const cache = bench.cache();
      const pairs: readonly [string[], string][] = [
        [['a'], 'b:c'],
        [['a:b'], 'c'],
        [['a', 'b'], 'c'],
        [['a/b'], 'c'],
        [['a'], 'b/c'],
        [['a'], 'v:c'],
        [['a}v:'], 'c'],
        [['a'], '}v:c'],
        [[], 'a/b/c'],
      ];
      const spaceOf = (names: readonly string[]) =>
        names.reduce(
          (space: Pick<typeof cache, 'namespace' | 'get' | 'set'>, name) => space.namespace(name),
          cache,
        );
      for (const [i, [names, key]] of pairs.entries()) await spaceOf(names).set(key, i);
      for (const [i, [names, key]] of pairs.entries()) {
        equal(await spaceOf(names).get(key), i, `${JSON.stringify(names)} ${key}`);
      }
    },
  ],
  nested: [
    'clear of a namespace touches neither the one that it is in nor those that are in it.',
    async (bench) => {
      const root = bench.cache();
      const outer = root.namespace('outer');
      const inner = outer.namespace('inner');
      deepEqual(inner.path, [...root.path, 'outer', 'inner']);
      for (const space of [root, outer, inner]) await space.set('k', 1);
      await outer.clear();
      deepEqual([await root.get('k'), await outer.get('k'), await inner.get('k')], [1, undefined, 1]);
      await root.clear();
      deepEqual([await root.get('k'), await inner.get('k')], [undefined, 1]);
    },
  ],
  pinned: [
    'The record of a namespace is written pinned and without an end, since its entries hang on it; nothing else is pinned.',
    async (bench) => {
      const pins: boolean[] = [];
      const cache = bench.cache({
        adapter: withParts(bench.adapter, {
          write(writes, call) {
            for (const { key, pinned = false, ttlMs } of writes) {
              equal(pinned, /^[^}]*}r:$/.test(key), `pinned ${pinned}: ${key}`);
              if (pinned) equal(ttlMs, null);
              pins.push(pinned);
            }
            return bench.adapter.write(writes, call);
          },
        }),
      });
      await cache.set('k', 1);
      await cache.namespace('n').set('}r:', 1, { ttl: null });
      await cache.getOrSet('loaded', () => 1);
      await cache.clear();
      await cache.delete('k');
      equal(pins.filter(Boolean).length >= 3, true, 'a record was not pinned');
    },
  ],
  root: [
    'Two caches of one name over one adapter share their entries; of two names they share none.',
    async (bench) => {
      const [one, same, other] = [
        bench.cache(),
        bench.cache(),
        bench.cache({ namespace: `${bench.prefix}other` }),
      ];
      await one.set('k', 1);
      equal(await same.get('k'), 1);
      equal(await other.get('k'), undefined);
      await other.clear();
      await other.set('k', 2);
      equal(await one.get('k'), 1);
    },
  ],
});

export const clears: readonly CacheRule[] = group('cache/clear', {
  forgets: [
    'After clear has resolved, nothing that was written before counts for any method; what is written after does.',
    async (bench) => {
      const cache = bench.cache({ grace: '1h' });
      const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
      await cache.setMany(keys.map((key) => [key, 1]));
      await cache.clear();
      deepEqual(
        await cache.getMany(keys),
        keys.map(() => undefined),
      );
      equal(await cache.has('k0'), false);
      equal(await cache.ttl('k0'), undefined);
      equal((await cache.lookup('k0')).state, 'miss');
      equal(await cache.delete('k1'), false);
      equal(await cache.touch('k2'), false);
      equal(await cache.expire('k3'), false);
      equal(await cache.add('k4', 2), true);
      equal(await cache.getAndSet('k5', 2), undefined);
      equal(await cache.getOrSet('k6', () => 2), 2);
      await cache.set('k7', 2);
      deepEqual(await cache.getMany(['k4', 'k5', 'k6', 'k7', 'k8']), [2, 2, 2, 2, undefined]);
    },
  ],
  'other-cache': [
    'After clear has resolved in one cache, nothing that was written before counts in another cache over the same store, and its next writes count in both.',
    async (bench) => {
      const [one, two] = [bench.cache(), bench.cache()];
      await one.set('a', 1);
      await two.set('b', 1);
      await one.clear();
      deepEqual(await two.getMany(['a', 'b']), [undefined, undefined]);
      await two.set('c', 1);
      deepEqual(await one.getMany(['a', 'b', 'c']), [undefined, undefined, 1]);
      await two.clear();
      await one.set('d', 1);
      equal(await one.get('d'), 1, 'a write under a record that was replaced meanwhile');
      equal(await two.get('d'), 1);
      equal(await two.get('c'), undefined);
    },
  ],
  empty: [
    'clear of a namespace in which nothing is resolves, and it can be used.',
    async (bench) => {
      const cache = bench.cache();
      await cache.clear();
      await cache.clear();
      await cache.set('k', 1);
      equal(await cache.get('k'), 1);
    },
  ],
  race: [
    'Writes and clears at the same time, in two caches, leave every write that began after the last clear resolved.',
    async (bench) => {
      const [one, two] = [bench.cache(), bench.cache()];
      await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 5 === 4 ? two.clear() : one.set(`k${i}`, i))),
      );
      await two.clear();
      deepEqual(
        await one.getMany(Array.from({ length: 20 }, (_, i) => `k${i}`)),
        new Array(20).fill(undefined),
      );
      await one.set('k', 1);
      equal(await two.get('k'), 1);
    },
  ],
});
