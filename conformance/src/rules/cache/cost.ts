import { deepEqual, equal, ok } from 'node:assert/strict';
import type { CacheBench, TestCache } from '../../kit/cache-bench.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const MANY = 500;

export const cost: readonly CacheRule[] = group('cache/cost', {
  hit: [
    'A hit is one call of the adapter: for get, has, ttl, lookup and getOrSet.',
    async (bench) => {
      const { cache, trips } = await warm(bench);
      const calls: (() => Promise<unknown>)[] = [
        () => cache.get('k'),
        () => cache.has('k'),
        () => cache.ttl('k'),
        () => cache.lookup('k'),
        () => cache.getOrSet('k', () => 2),
      ];
      for (const call of calls) {
        trips.begin();
        await call();
        deepEqual(trips.calls, ['read']);
      }
    },
  ],
  'first-hit': [
    'The first hit of a cache that has seen nothing yet is one call of the adapter, too.',
    async (bench) => {
      await bench.cache().set('k', 1);
      const trips = new RoundTrips(bench.adapter);
      equal(await bench.cache({ adapter: trips.adapter }).get('k'), 1);
      deepEqual(trips.calls, ['read']);
    },
  ],
  burst: [
    'A hundred gets of one turn of the event loop share at most two calls of the adapter.',
    async (bench) => {
      const { cache, trips } = await warm(bench);
      await Promise.all(Array.from({ length: 100 }, (_, i) => cache.get(`k${i}`)));
      ok(trips.calls.length <= 2, `${trips.calls.length} calls`);
    },
  ],
  'same-key': [
    'Gets of one key in one turn are read once.',
    async (bench) => {
      const asked: string[] = [];
      const { adapter } = bench;
      await bench.cache().set('k', 1);
      const spied = withParts(adapter, {
        read(keys, call) {
          asked.push(...keys);
          return adapter.read(keys, call);
        },
      });
      const cache = bench.cache({ adapter: spied });
      deepEqual(await Promise.all(Array.from({ length: 50 }, () => cache.get('k'))), new Array(50).fill(1));
      equal(new Set(asked).size, asked.length, 'a key was asked for twice');
    },
  ],
  'get-many': [
    'getMany of any number of keys is one call of the adapter.',
    async (bench) => {
      const { cache, trips } = await warm(bench);
      await cache.getMany(many());
      deepEqual(trips.calls, ['read']);
    },
  ],
  'set-many': [
    'setMany of any number of keys is one write of the adapter and at most one read, at the same time.',
    async (bench) => {
      const { cache, trips } = await warm(bench);
      await cache.setMany(many().map((key) => [key, 1]));
      bounded(trips, 2, 1);
    },
  ],
  'delete-many': [
    'deleteMany of any number of keys is one removal of the adapter and at most one read, at the same time.',
    async (bench) => {
      const { cache, trips } = await warm(bench);
      await cache.deleteMany(many());
      bounded(trips, 2, 1);
    },
  ],
  'expire-many': [
    'expireMany of any number of keys is at most four calls of the adapter.',
    async (bench) => {
      const { cache, trips } = await warm(bench);
      await cache.setMany(many().map((key) => [key, 1]));
      trips.begin();
      await cache.expireMany(many());
      bounded(trips, 4, 2);
    },
  ],
  set: [
    'set, add, delete and clear wait for the adapter once.',
    async (bench) => {
      const { cache, trips } = await warm(bench);
      const calls: (() => Promise<unknown>)[] = [
        () => cache.set('k', 2),
        () => cache.add('new', 2),
        () => cache.delete('k'),
        () => cache.clear(),
      ];
      for (const call of calls) {
        trips.begin();
        await call();
        bounded(trips, 2, 1);
      }
    },
  ],
  load: [
    'getOrSet that loads waits for the adapter three times at most: for what is there, for the right to load, and to keep the value.',
    async (bench) => {
      const { cache, trips } = await warm(bench);
      await cache.getOrSet('absent', () => 1);
      bounded(trips, 4, 3);
    },
  ],
  clear: [
    'What clear costs does not depend on how much there is.',
    async (bench) => {
      const { cache, trips } = await warm(bench);
      await cache.setMany(many().map((key) => [key, 1]));
      trips.begin();
      await cache.clear();
      deepEqual(trips.calls, ['write']);
    },
  ],
});

/** A cache that knows its namespace, and counts what reaches the adapter from now on. */
async function warm(bench: CacheBench): Promise<{ cache: TestCache; trips: RoundTrips }> {
  const trips = new RoundTrips(bench.adapter);
  const cache = bench.cache({ adapter: trips.adapter });
  // Every part of the namespace that the rules touch.
  await cache.setMany([...many(), 'k', 'new', 'absent'].map((key) => [key, 1]));
  await cache.deleteMany([...many(), 'new', 'absent']);
  trips.begin();
  return { cache, trips };
}

function many(): string[] {
  return Array.from({ length: MANY }, (_, i) => `key ${i}`);
}

function bounded(trips: RoundTrips, calls: number, inARow: number): void {
  ok(trips.calls.length <= calls, `${trips.calls.length} calls: ${trips.calls.slice(0, 20).join(', ')}`);
  ok(trips.inARow <= inARow, `it waited ${trips.inARow} times`);
}
