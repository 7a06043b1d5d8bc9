import { deepEqual, equal } from 'node:assert/strict';
import { type CacheRule, group } from '../../rule.ts';

/** Calls that are not awaited, on one key, take effect in the order in which they were made. */
export const order: readonly CacheRule[] = group('cache/order', {
  sets: [
    'Of sets made without waiting the last one counts, in a namespace that is new and in one that is not.',
    async (bench) => {
      const cache = bench.cache();
      for (const key of ['new', 'known']) {
        await Promise.all(Array.from({ length: 50 }, (_, i) => cache.set(key, i)));
        equal(await cache.get(key), 49);
      }
    },
  ],
  'set-get': [
    'A get made after a set without waiting sees it, one made before does not.',
    async (bench) => {
      for (const cache of [bench.cache(), bench.cache()]) {
        const key = bench.key();
        const [, before, , after] = await Promise.all([
          cache.set(key, 1),
          cache.get(key),
          cache.set(key, 2),
          cache.get(key),
        ]);
        deepEqual([before, after], [1, 2]);
      }
    },
  ],
  'set-delete': [
    'A delete made after a set without waiting deletes it; a set made after a delete stays.',
    async (bench) => {
      const cache = bench.cache();
      for (const key of ['new', 'known']) {
        const [, there] = await Promise.all([cache.set(key, 1), cache.delete(key)]);
        equal(there, true);
        equal(await cache.get(key), undefined);
        const results = await Promise.all([cache.delete(key), cache.set(key, 2), cache.get(key)]);
        deepEqual(results, [false, undefined, 2]);
      }
    },
  ],
  'clear-set': [
    'A set made after a clear without waiting stays, and a get made after both sees it; one made before the clear is forgotten.',
    async (bench) => {
      const cache = bench.cache();
      for (let round = 0; round < 3; round += 1) {
        const [, , , gone, there] = await Promise.all([
          cache.set('before', 1),
          cache.clear(),
          cache.set('after', 2),
          cache.get('before'),
          cache.get('after'),
        ]);
        deepEqual([gone, there], [undefined, 2], `round ${round}`);
        deepEqual(await cache.getMany(['before', 'after']), [undefined, 2]);
      }
    },
  ],
  add: [
    'An add made after a set without waiting answers false, and after a delete true.',
    async (bench) => {
      const cache = bench.cache();
      deepEqual(await Promise.all([cache.set('k', 1), cache.add('k', 2)]), [undefined, false]);
      deepEqual(await Promise.all([cache.delete('k'), cache.add('k', 3)]), [true, true]);
      equal(await cache.get('k'), 3);
    },
  ],
  increments: [
    'Increments made without waiting answer in the order of their calls.',
    'counters',
    async (bench) => {
      const cache = bench.cache();
      for (const key of ['new', 'known']) {
        const answers = await Promise.all(Array.from({ length: 30 }, () => cache.increment(key)));
        deepEqual(
          answers,
          Array.from({ length: 30 }, (_, i) => i + 1),
        );
      }
    },
  ],
  'set-many': [
    'setMany, getMany and deleteMany keep their order with one another and with calls of single keys.',
    async (bench) => {
      const cache = bench.cache();
      const results = await Promise.all([
        cache.setMany([
          ['a', 1],
          ['b', 1],
        ]),
        cache.set('a', 2),
        cache.getMany(['a', 'b']),
        cache.deleteMany(['a', 'b', 'c']),
        cache.set('b', 3),
        cache.getMany(['a', 'b']),
      ]);
      deepEqual(results, [undefined, undefined, [2, 1], [true, true, false], undefined, [undefined, 3]]);
    },
  ],
});
