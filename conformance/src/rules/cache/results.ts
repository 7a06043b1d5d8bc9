import { deepEqual, equal, ok } from 'node:assert/strict';
import { type CacheRule, group } from '../../rule.ts';

export const results: readonly CacheRule[] = group('cache/results', {
  set: [
    'set resolves to undefined and replaces what was there.',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.set('k', 1), undefined);
      equal(await cache.set('k', 2), undefined);
      equal(await cache.get('k'), 2);
    },
  ],
  'get-many': [
    'getMany answers by position, duplicates kept.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('a', 1);
      await cache.set('b', 2);
      deepEqual(await cache.getMany(['b', 'absent', 'a', 'b']), [2, undefined, 1, 2]);
    },
  ],
  'set-many': [
    'setMany takes a Map and any iterable of entries, each with options of its own; of duplicates the last one counts.',
    async (bench) => {
      const cache = bench.cache();
      equal(
        await cache.setMany(
          new Map([
            ['a', 1],
            ['b', 2],
          ]),
        ),
        undefined,
      );
      const entries = function* () {
        yield ['c', 3, { ttl: '1h' }] as const;
        yield ['a', 4] as const;
        yield ['a', 5] as const;
      };
      await cache.setMany(entries());
      deepEqual(await cache.getMany(['a', 'b', 'c']), [5, 2, 3]);
      equal(await cache.ttl('c'), 3_600_000);
    },
  ],
  add: [
    'add writes and answers true where nothing is; else it answers false and changes nothing.',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.add('k', 1, { ttl: '1h' }), true);
      equal(await cache.add('k', 2, { ttl: '5h' }), false);
      equal(await cache.get('k'), 1);
      equal(await cache.ttl('k'), 3_600_000);
    },
  ],
  'get-and-set': [
    'getAndSet answers what was there, or undefined, and leaves the new value with its life.',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.getAndSet('k', 1), undefined);
      equal(await cache.getAndSet('k', 2, { ttl: '1h' }), 1);
      equal(await cache.get('k'), 2);
      equal(await cache.ttl('k'), 3_600_000);
    },
  ],
  has: [
    'has answers whether get would find something.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', null);
      equal(await cache.has('k'), true);
      await cache.delete('k');
      equal(await cache.has('k'), false);
    },
  ],
  delete: [
    'delete answers whether something was there; afterwards nothing is.',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.delete('k'), false);
      await cache.set('k', 1);
      equal(await cache.delete('k'), true);
      equal(await cache.get('k'), undefined);
      equal(await cache.delete('k'), false);
    },
  ],
  'delete-many': [
    'deleteMany answers by position whether each was there; of duplicates only the first was.',
    async (bench) => {
      const cache = bench.cache();
      await cache.setMany([
        ['a', 1],
        ['b', 2],
      ]);
      deepEqual(await cache.deleteMany(['b', 'absent', 'a', 'b']), [true, false, true, false]);
      deepEqual(await cache.getMany(['a', 'b']), [undefined, undefined]);
    },
  ],
  touch: [
    'touch answers whether the key was there, and makes nothing.',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.touch('k'), false);
      equal(await cache.get('k'), undefined);
      await cache.set('k', 1);
      equal(await cache.touch('k', { ttl: '1h' }), true);
      equal(await cache.get('k'), 1);
    },
  ],
  ttl: [
    'ttl answers the remaining ms, null without expiry, undefined where nothing is.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('ending', 1, { ttl: '1h' });
      await cache.set('endless', 1, { ttl: null });
      equal(await cache.ttl('ending'), 3_600_000);
      equal(await cache.ttl('endless'), null);
      equal(await cache.ttl('absent'), undefined);
      await cache.delete('endless');
    },
  ],
  expire: [
    'expire answers whether the key was there; expireMany by position.',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.expire('k'), false);
      await cache.set('k', 1);
      equal(await cache.expire('k'), true);
      equal(await cache.get('k'), undefined);
      await cache.setMany([
        ['a', 1],
        ['b', 2],
      ]);
      deepEqual(await cache.expireMany(['b', 'absent', 'a']), [true, false, true]);
      deepEqual(await cache.getMany(['a', 'b']), [undefined, undefined]);
    },
  ],
  lookup: [
    'lookup answers the value with what is known of its entry: tier, creation, end, tags, codec and a version that changes with every write.',
    async (bench) => {
      const cache = bench.cache();
      const now = bench.clock.now();
      await cache.set('k', { a: 1 }, { ttl: '1h' });
      const found = await cache.lookup('k');
      ok(found.state === 'hit', `lookup says ${found.state}`);
      deepEqual(found.value, { a: 1 });
      equal(found.tier, bench.adapter.name);
      equal(found.createdAt, now);
      equal(found.expiresAt, now + 3_600_000);
      deepEqual(found.tags, []);
      ok(typeof found.codec === 'string' && found.codec.length > 0, 'no codec');
      await cache.set('k', { a: 1 }, { ttl: null });
      const next = await cache.lookup('k');
      ok(next.state === 'hit' && next.version !== found.version, 'the version stayed');
      equal(next.expiresAt, null);
      await cache.delete('k');
    },
  ],
  'add-race': [
    'Of any number of calls of add at the same time, in any number of caches, exactly one answers true.',
    async (bench) => {
      const caches = [bench.cache(), bench.cache(), bench.cache()];
      for (let round = 0; round < 5; round += 1) {
        const added = await Promise.all(
          Array.from({ length: 30 }, (_, i) => caches[i % 3]?.add(`k${round}`, i)),
        );
        equal(added.filter(Boolean).length, 1);
        equal(await caches[0]?.get(`k${round}`), added.indexOf(true));
      }
    },
  ],
  'get-and-set-race': [
    'Calls of getAndSet at the same time, in any number of caches, form a chain: every value but the last is answered exactly once.',
    async (bench) => {
      const caches = [bench.cache(), bench.cache()];
      const values = Array.from({ length: 20 }, (_, i) => i);
      const before = await Promise.all(values.map((i) => caches[i % 2]?.getAndSet<number>('k', i)));
      const last = await caches[0]?.get<number>('k');
      const expected: (number | undefined)[] = [...values.filter((i) => i !== last), undefined];
      deepEqual([...before].sort(), expected.sort());
    },
  ],
});
