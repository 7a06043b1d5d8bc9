import { deepEqual, equal, ok } from 'node:assert/strict';
import type { TestCache } from '../../kit/cache-bench.ts';
import { pair } from '../../kit/fleet.ts';
import { loading, naming } from '../../kit/loading.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { Written } from '../../kit/written.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const INVALIDATIONS = ['deleteByTag', 'expireByTag'] as const;

/** What the markers of tags cost, and what becomes of entries when they are lost. */
export const tagMarkers: readonly CacheRule[] = group('cache/tags', {
  'during-load': [
    'A load that an invalidation of one of its tags overtakes, named before or by the loader itself, is not kept, nor returned to a later caller, in this cache or another one.',
    async (bench) => {
      for (const call of INVALIDATIONS) {
        for (const named of ['declared', 'late']) {
          for (const known of [true, false]) {
            const [one, two] = pair(bench);
            const tag = bench.key('tag');
            if (known) await one.set('other', 1, { tags: [tag] });
            const options = named === 'declared' ? { tags: [tag] } : { notes: naming(tag) };
            const first = await loading(one, 'old', { ...options, grace: HOUR });
            await two[call](tag);
            const later = two.getOrSet('k', () => 'new', { tags: [tag] });
            equal(await first.finish(), 'old');
            equal(await later, 'new', `${call}, ${named}`);
            for (const cache of [one, two]) equal(await cache.get('k'), 'new', `${call}, ${named}`);
            await one.delete('k');
          }
        }
      }
    },
  ],
  'first-use': [
    'A load whose tag was invalidated before anything had that tag, and was given to another entry since, is not kept.',
    async (bench) => {
      for (const named of ['declared', 'late']) {
        const [one, two] = pair(bench);
        const tag = bench.key('tag');
        await one.set('warm', 1);
        const options = named === 'declared' ? { tags: [tag] } : { notes: naming(tag) };
        const first = await loading(one, 'old', options);
        await two.deleteByTag(tag);
        await two.set('other', 1, { tags: [tag] });
        await first.finish();
        for (const cache of [one, two]) equal(await cache.get('k'), undefined, named);
        equal(await two.get('other'), 1);
      }
    },
  ],
  'marker-lost-during': [
    'A load is not kept if the marker of its tag was lost, the tag invalidated and the marker made anew meanwhile.',
    async (bench) => {
      const written = new Written(bench);
      const one = bench.cache({ adapter: written.adapter });
      const first = await loading(one, 'old', { tags: ['t'] });
      await written.evict('t');
      const two = bench.cache();
      await two.deleteByTag('t');
      await two.set('other', 1, { tags: ['t'] });
      // So that what was remembered of markers is forgotten.
      await one.get('other');
      await first.finish();
      for (const cache of [one, two, bench.cache()]) equal(await cache.get('k'), undefined);
    },
  ],
  spares: [
    'An invalidation of a tag does not keep what is loading without it from being kept.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('x', 1, { tags: ['t'] });
      for (const call of INVALIDATIONS) {
        const plain = await loading(cache, 1);
        const tagged = await loading(cache, 1, { key: 'tagged', tags: ['u'] });
        await cache[call]('t');
        await Promise.all([plain.finish(), tagged.finish()]);
        deepEqual(await cache.getMany(['k', 'tagged', 'x']), [1, 1, undefined]);
        await cache.deleteMany(['k', 'tagged']);
      }
    },
  ],
  'marker-lost': [
    'Where the store has dropped the marker of a tag, entries with it are misses for whoever asks, deleteByTag counts, and new entries work, also those of a writer that had seen the marker.',
    async (bench) => {
      const written = new Written(bench);
      const writer = bench.cache({ adapter: written.adapter });
      await writer.set('k', 1, { tags: ['t'] });
      await writer.set('other', 1);
      equal(await writer.get('k'), 1);
      await written.evict('t');
      const reader = bench.cache();
      deepEqual(await reader.getMany(['k', 'other']), [undefined, 1]);
      await reader.deleteByTag('t');
      equal(await writer.get('k'), undefined);
      await writer.set('k', 2, { tags: ['t'] });
      equal(await reader.get('k'), 2);
      await written.evict('t');
      bench.clock.advance(2000);
      await writer.set('k', 3, { tags: ['t'] });
      equal(await bench.cache().get('k'), 3);
      await bench.cache().deleteByTag('t');
      equal(await writer.get('k'), undefined);
    },
  ],
  'record-lost': [
    'Where the store has dropped the record of the namespace, its entries are misses and new ones work; invalidations count.',
    async (bench) => {
      const written = new Written(bench);
      const [one, two] = [bench.cache({ adapter: written.adapter }), bench.cache()];
      await one.set('k', 1, { tags: ['t'] });
      await written.evict('r');
      for (const cache of [two, one]) equal(await cache.get('k'), undefined);
      await two.deleteByTag('t');
      await one.set('k', 2, { tags: ['t'] });
      equal(await two.get('k'), 2);
      await written.evict('r');
      await one.set('k', 3, { tags: ['t'] });
      equal(await two.get('k'), 3);
      await one.deleteByTag('t');
      equal(await two.get('k'), undefined);
    },
  ],
  outlives: [
    'A tag is remembered as long as the longest of its entries: a short life first, then a long one, or one that touch made long.',
    'advance',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('short', 1, { tags: ['t'], ttl: 60_000 });
      await cache.set('long', 1, { tags: ['t'], ttl: 20 * DAY });
      await cache.set('touched', 1, { tags: ['u'], ttl: 60_000 });
      await cache.set('grace', 1, { tags: ['v'], ttl: 60_000, grace: 20 * DAY });
      await cache.touch('touched', { ttl: 20 * DAY });
      await bench.advance(19 * DAY);
      deepEqual(await bench.cache().getMany(['long', 'touched']), [1, 1]);
      equal((await bench.cache().lookup('grace')).state, 'stale');
      await cache.deleteByTag(['t', 'u', 'v']);
      deepEqual(await bench.cache().getMany(['long', 'touched']), [undefined, undefined]);
      equal((await bench.cache().lookup('grace')).state, 'miss');
    },
  ],
  cost: [
    'In the steady state a hit with two tags is one call of the adapter, in a cache that has read them once.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      await bench.cache().set('k', 1, { tags: ['a', 'b'] });
      equal(await cache.get('k'), 1);
      const calls: (() => Promise<unknown>)[] = [
        () => cache.get('k'),
        () => cache.getMany(['k', 'k']),
        () => cache.lookup('k'),
        () => cache.has('k'),
        () => cache.getOrSet('k', () => 2),
      ];
      for (const call of calls) {
        trips.begin();
        await call();
        deepEqual(trips.calls, ['read']);
      }
      await bench.cache().deleteByTag('unrelated');
      trips.begin();
      equal(await cache.get('k'), 1);
      ok(trips.inARow <= 2, `${trips.inARow} calls in a row after an invalidation of another tag`);
    },
  ],
  'cost-invalidate': [
    'What deleteByTag and expireByTag cost does not depend on how many entries there are.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      const cost = async (count: number): Promise<number[]> => {
        const tag = bench.key('tag');
        await cache.setMany(Array.from({ length: count }, (_, i) => [`k${i}`, i, { tags: [tag] }]));
        const counts: number[] = [];
        for (const call of INVALIDATIONS) {
          trips.begin();
          await cache[call](tag);
          counts.push(trips.calls.length);
        }
        return counts;
      };
      await cost(1);
      const [few, many] = [await cost(100), await cost(500)];
      // What goes together in a batch may differ by the moment.
      many.forEach((calls, index) => {
        ok(calls <= (few[index] ?? 0) + 3, `${calls} calls for 500 entries, ${few[index]} for 100`);
      });
      equal(await cache.get('k1'), undefined);
    },
  ],
  'cost-burst': [
    'Fifty invalidations in one turn of the event loop share their round trips.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      const names = Array.from({ length: 50 }, (_, i) => `t${i}`);
      await cache.setMany(names.map((tag) => [tag, 1, { tags: [tag] }]));
      await cache.deleteByTag('other');
      trips.begin();
      await Promise.all(names.map((tag) => cache.deleteByTag(tag)));
      ok(trips.inARow <= 10, `it waited ${trips.inARow} times`);
      deepEqual(await cache.getMany(names), new Array(50).fill(undefined));
    },
  ],
  contention: [
    'Invalidations of several caches at the same time all succeed, and each counts.',
    async (bench) => {
      const caches = Array.from({ length: 4 }, () => bench.cache());
      const [one] = caches as [TestCache];
      const names = Array.from({ length: 20 }, (_, i) => `t${i}`);
      await one.setMany(names.map((tag) => [tag, 1, { tags: [tag] }]));
      await Promise.all(names.map((tag, i) => caches[i % 4]?.deleteByTag(tag)));
      for (const cache of caches) deepEqual(await cache.getMany(names), new Array(20).fill(undefined));
    },
  ],
});
