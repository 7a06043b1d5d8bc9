import { deepEqual, equal } from 'node:assert/strict';
import { rejection } from '../../kit/cache-bench.ts';
import { loading, naming } from '../../kit/loading.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const INVALIDATIONS = ['deleteByTag', 'expireByTag'] as const;

/** Invalidating what belongs together. */
export const tags: readonly CacheRule[] = group('cache/tags', {
  delete: [
    'deleteByTag takes out every entry with the tag, however it was written, and no other.',
    async (bench) => {
      const cache = bench.cache();
      const options = { tags: ['t'] };
      await cache.set('set', 1, options);
      await cache.setMany([['setMany', 1, options]]);
      await cache.add('add', 1, options);
      await cache.getAndSet('getAndSet', 1, options);
      await cache.setBytes('setBytes', Uint8Array.of(1), options);
      await cache.getOrSet('getOrSet', () => 1, options);
      await cache.getOrSetMany(['getOrSetMany'], (keys) => new Map(keys.map((key) => [key, 1])), options);
      await cache.refresh('refresh', () => 1, options);
      await cache.warm(['warm'], () => 1, options);
      await cache.set('other', 1, { tags: ['tt'] });
      await cache.set('none', 1);
      const keys = ['set', 'setMany', 'add', 'getAndSet', 'getOrSet', 'getOrSetMany', 'refresh', 'warm'];
      deepEqual(await cache.getMany(keys), new Array(keys.length).fill(1));
      await cache.deleteByTag('t');
      deepEqual(await cache.getMany(keys), new Array(keys.length).fill(undefined));
      equal(await cache.getBytes('setBytes'), undefined);
      for (const key of keys) equal((await cache.lookup(key)).state, 'miss', key);
      deepEqual(await cache.getMany(['other', 'none']), [1, 1]);
    },
  ],
  any: [
    'An entry goes with any of its tags; a call takes one tag or several.',
    async (bench) => {
      const cache = bench.cache();
      for (const given of ['a', 'b', 'c', ['a', 'c'], ['c', 'x']]) {
        await cache.set('k', 1, { tags: ['a', 'b', 'c'] });
        await cache.set('other', 2, { tags: ['y'] });
        await cache.deleteByTag(given);
        deepEqual(await cache.getMany(['k', 'other']), [undefined, 2], String(given));
      }
    },
  ],
  expire: [
    'expireByTag makes entries stale and keeps them for their grace, also for a load that fails; those without grace are gone.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1, { tags: ['t'], grace: HOUR });
      await cache.set('bare', 1, { tags: ['t'] });
      await cache.set('other', 1, { tags: ['u'], grace: HOUR });
      await cache.expireByTag('t');
      deepEqual(await cache.getMany(['k', 'bare', 'other']), [undefined, undefined, 1]);
      const found = await cache.lookup('k');
      deepEqual([found.state, found.state === 'stale' && found.value], ['stale', 1]);
      equal((await cache.lookup('bare')).state, 'miss');
      const failing = async (): Promise<number> => {
        throw new Error('the source is down');
      };
      equal(await cache.getOrSet('k', failing), 1);
      await cache.deleteByTag('t');
      equal((await cache.lookup('k')).state, 'miss');
    },
  ],
  walls: [
    'A tag of one namespace says nothing in another.',
    async (bench) => {
      const cache = bench.cache();
      const [one, two] = [cache.namespace('one'), cache.namespace('two')];
      for (const space of [cache, one, two]) await space.set('k', 1, { tags: ['t'], grace: HOUR });
      for (const call of INVALIDATIONS) {
        await one[call]('t');
        deepEqual([await cache.get('k'), await one.get('k'), await two.get('k')], [1, undefined, 1]);
        await one.set('k', 1, { tags: ['t'] });
      }
    },
  ],
  shown: [
    'lookup shows the tags of an entry, each once: those of the options, or those that its loader gave.',
    async (bench) => {
      const cache = bench.cache();
      const tagsOf = async (key: string): Promise<readonly string[] | undefined> => {
        const found = await cache.lookup(key);
        return found.state === 'hit' ? found.tags : undefined;
      };
      await cache.set('set', 1, { tags: ['b', 'a', 'b'] });
      deepEqual(await tagsOf('set'), ['b', 'a']);
      await cache.getOrSet('declared', () => 1, { tags: ['t', 't'] });
      deepEqual(await tagsOf('declared'), ['t']);
      await cache.getOrSet('late', ({ setTags }) => late(setTags), { tags: ['t'] });
      deepEqual(await tagsOf('late'), ['late']);
      await cache.set('none', 1);
      deepEqual(await tagsOf('none'), []);
      await cache.set('late', 1);
      await cache.deleteByTag('late');
      equal(await cache.get('late'), 1, 'it had lost its tag');
    },
  ],
  touch: [
    'touch, in any number, keeps the tags.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1, { tags: ['t'] });
      equal(await cache.touch('k', { ttl: 90 * DAY }), true);
      equal(await cache.touch('k', { ttl: HOUR }), true);
      const found = await cache.lookup('k');
      deepEqual(found.state === 'hit' && found.tags, ['t']);
      await cache.deleteByTag('t');
      equal(await cache.get('k'), undefined);
      equal(await cache.touch('k', { ttl: HOUR }), false);
    },
  ],
  again: [
    'What is written or loaded after an invalidation has resolved counts, in every cache.',
    async (bench) => {
      const [one, two] = [bench.cache(), bench.cache()];
      await two.set('other', 1, { tags: ['t'] });
      for (const call of INVALIDATIONS) {
        for (let i = 0; i < 3; i += 1) {
          await one.set('k', i, { tags: ['t'] });
          equal(await two.get('k'), i);
          await two[call]('t');
          equal(await one.get('k'), undefined);
          equal(await one.getOrSet('k', () => 'loaded', { tags: ['t'] }), 'loaded');
          equal(await two.get('k'), 'loaded');
          await two.delete('k');
        }
      }
    },
  ],
  names: [
    'A tag is any text that a key may be: spaces, braces, long ones; none is taken for another.',
    async (bench) => {
      const cache = bench.cache();
      const long = 'tag/'.repeat(300);
      const names = ['a b', 'a', 'b', '}t:{', 'ü\u{1f600}', 'a%20b', long, `${long}x`, '__proto__'];
      await cache.setMany(names.map((tag) => [tag, 1, { tags: [tag] }]));
      for (const [index, tag] of names.entries()) {
        await cache.deleteByTag(tag);
        const left = names.map((_, other) => (other <= index ? undefined : 1));
        deepEqual(await cache.getMany(names), left, JSON.stringify(tag.slice(0, 20)));
      }
    },
  ],
  input: [
    'Tags that are no array of texts, and invalidations of what is no tag, are refused before any I/O and before a loader runs; no tags are nothing.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      let loads = 0;
      const loader = (): number => {
        loads += 1;
        return 1;
      };
      for (const [bad, code] of [
        ['t', 'INVALID_OPTION'],
        [5, 'INVALID_OPTION'],
        [[5], 'INVALID_KEY'],
        [[''], 'INVALID_KEY'],
        [['\ud800'], 'INVALID_KEY'],
        [Array.from({ length: 1001 }, (_, i) => `t${i}`), 'INVALID_OPTION'],
      ] as [never, 'INVALID_OPTION' | 'INVALID_KEY'][]) {
        const options = { tags: bad };
        await rejection(code, 'set', () => cache.set('k', 1, options));
        await rejection(code, 'getOrSet', () => cache.getOrSet('k', loader, options));
        await rejection(code, 'refresh', () => cache.refresh('k', loader, options));
        await rejection(code, 'warm', () => cache.warm(['k'], loader, options));
        if ((bad as unknown) === 't') continue;
        for (const call of INVALIDATIONS) await rejection(code, call, () => cache[call](bad));
      }
      await cache.deleteByTag([]);
      deepEqual(trips.calls, [], 'the adapter was called');
      equal(loads, 0, 'the loader ran');
    },
  ],
  peer: [
    'Tags of a cache hold for a cache over another adapter of the server: entries, invalidations of either kind, loads.',
    'peer',
    'bytes',
    async (bench) => {
      const [one, two] = [bench.cache(), bench.cache({ adapter: await bench.peer() })];
      for (const [writer, other] of [
        [one, two],
        [two, one],
      ] as const) {
        await writer.set('k', 1, { tags: ['t', 'u'], grace: HOUR });
        equal(await other.get('k'), 1);
        await other.expireByTag('u');
        equal((await writer.lookup('k')).state, 'stale');
        await other.deleteByTag('t');
        equal((await writer.lookup('k')).state, 'miss');
        const first = await loading(writer, 'old', { notes: naming('t') });
        await other.deleteByTag('t');
        await first.finish();
        equal(await other.get('k'), undefined);
        equal(await writer.get('k'), undefined);
      }
    },
  ],
});

function late(setTags: (tags: readonly string[]) => void): number {
  setTags(['late', 'late']);
  return 1;
}
