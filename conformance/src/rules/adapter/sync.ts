import { equal } from 'node:assert/strict';
import type { SyncStore } from '@cache/core';
import { type Bench, TEN_MINUTES } from '../../kit/bench.ts';
import { type AdapterRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

export const sync: readonly AdapterRule[] = group('sync', {
  'get-set': [
    'What `sync.set` stored is what `sync.get` answers, at once and without a promise; an absent key is undefined.',
    'sync',
    async (bench) => {
      const key = bench.key();
      equal(facet(bench).get(key), undefined);
      const payload = bench.payload();
      facet(bench).set(key, payload, TEN_MINUTES);
      bench.same(facet(bench).get(key), payload, 'sync.get');
    },
  ],
  one: [
    'The synchronous methods and the batched ones are two doors to one store.',
    'sync',
    async (bench) => {
      const [one, two] = bench.keys(2) as [string, string];
      const payload = bench.payload();
      facet(bench).set(one, payload, TEN_MINUTES);
      await bench.holds(one, payload);
      await bench.put(two, payload);
      bench.same(facet(bench).get(two), payload, 'sync.get of what was written');
      await bench.remove(one);
      equal(facet(bench).get(one), undefined);
      facet(bench).delete(two);
      equal(await bench.read(two), undefined);
    },
  ],
  delete: [
    '`sync.delete` answers whether something was there.',
    'sync',
    async (bench) => {
      const key = bench.key();
      equal(facet(bench).delete(key), false);
      facet(bench).set(key, bench.payload(), TEN_MINUTES);
      equal(facet(bench).delete(key), true);
      equal(facet(bench).delete(key), false);
      equal(facet(bench).get(key), undefined);
    },
  ],
  ttl: [
    '`sync.set` replaces the life as a write does, and null has no end.',
    'sync',
    'life',
    async (bench) => {
      const [ending, endless] = bench.keys(2) as [string, string];
      facet(bench).set(ending, bench.payload(), 3 * HOUR);
      facet(bench).set(ending, bench.payload(), HOUR);
      await bench.lives(ending, HOUR);
      facet(bench).set(endless, bench.payload(), HOUR);
      facet(bench).set(endless, bench.payload(), null);
      await bench.lives(endless, null);
    },
  ],
  expired: [
    'What has ended is undefined for `sync.get`, and `sync.delete` of it answers false.',
    'sync',
    'expire',
    async (bench) => {
      const key = bench.key();
      facet(bench).set(key, bench.payload(), TEN_MINUTES);
      await bench.expire(key);
      equal(facet(bench).get(key), undefined);
      equal(facet(bench).delete(key), false);
    },
  ],
  version: [
    '`sync.set` changes the version: a condition on the former one is refused.',
    'sync',
    async (bench) => {
      const key = bench.key();
      const version = await bench.put(key);
      facet(bench).set(key, bench.payload('next'), TEN_MINUTES);
      equal((await bench.write(key, bench.payload(), { version })).written, false);
    },
  ],
  clear: [
    '`sync.clear` forgets everything in this store.',
    'sync',
    async (bench) => {
      const keys = bench.keys(10);
      for (const key of keys) await bench.put(key);
      facet(bench).clear();
      for (const key of keys) equal(await bench.read(key), undefined);
      await bench.put(keys[0] as string);
    },
  ],
});

function facet(bench: Bench): SyncStore<unknown> {
  return bench.adapter.sync as SyncStore<unknown>;
}
