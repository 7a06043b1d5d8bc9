import { deepEqual, equal, ok } from 'node:assert/strict';
import { rejection } from '../../kit/cache-bench.ts';
import { unsupportedMethodsOf } from '../../kit/cache-methods.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { withoutFacets } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

export const counters: readonly CacheRule[] = group('cache/counters', {
  adds: [
    'increment adds and decrement subtracts, 1 by default, and both answer the new value in the type of the amount.',
    'counters',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.increment('k'), 1);
      equal(await cache.increment('k', 5), 6);
      equal(await cache.decrement('k'), 5);
      equal(await cache.decrement('k', 10n), -5n);
      equal(await cache.increment('k', 0n), -5n);
      equal(await cache.increment('other', 1, { initial: 100 }), 101);
      equal(await cache.increment('other', 1, { initial: 100 }), 102);
    },
  ],
  exact: [
    'Counters are exact to 2^63 with bigints, and leaving that range is refused with OUT_OF_RANGE, not applied.',
    'counters',
    async (bench) => {
      const cache = bench.cache();
      const max = 2n ** 63n - 1n;
      equal(await cache.increment('k', max - 1n), max - 1n);
      equal(await cache.increment('k', 1n), max);
      const error = await rejection('OUT_OF_RANGE', 'increment', () => cache.increment('k', 1n));
      equal(error.outcome, 'not-applied');
      equal(await cache.increment('k', 0n), max);
      await rejection('OUT_OF_RANGE', 'increment', () => cache.increment('k', 2n ** 63n));
      equal(await cache.decrement('low', max), -max);
    },
  ],
  number: [
    'A result beyond 2^53 − 1 rejects with OUT_OF_RANGE where the amount was a number, and says that it was applied; an amount beyond it is refused.',
    'counters',
    async (bench) => {
      const cache = bench.cache();
      const edge = BigInt(Number.MAX_SAFE_INTEGER);
      equal(await cache.increment('k', edge), edge);
      const error = await rejection('OUT_OF_RANGE', 'increment', () => cache.increment('k', 1));
      equal(error.outcome, 'applied');
      equal(await cache.increment('k', 0n), edge + 1n);
      const refused = await rejection('OUT_OF_RANGE', 'increment', () => cache.increment('k', 2 ** 53));
      equal(refused.outcome, 'not-applied');
      equal(await cache.increment('k', 0n), edge + 1n);
    },
  ],
  amounts: [
    'An amount that is no whole number is refused with INVALID_VALUE.',
    'counters',
    async (bench) => {
      const cache = bench.cache();
      for (const by of [1.5, Number.NaN, Number.POSITIVE_INFINITY, '1', null, {}] as never[]) {
        await rejection(['INVALID_VALUE', 'OUT_OF_RANGE'], 'increment', () => cache.increment('k', by));
      }
      for (const initial of [1.5, '1', Number.NaN] as never[]) {
        await rejection('INVALID_VALUE', 'increment', () => cache.increment('k', 1, { initial }));
      }
      equal(await cache.increment('k'), 1);
    },
  ],
  race: [
    'Increments at the same time in any number of caches all count.',
    'counters',
    async (bench) => {
      const caches = [bench.cache(), bench.cache(), bench.cache()];
      const answers = await Promise.all(Array.from({ length: 90 }, (_, i) => caches[i % 3]?.increment('k')));
      deepEqual([...new Set(answers)].length, 90);
      equal(await caches[0]?.increment('k', 0), 90);
    },
  ],
  apart: [
    'Counters and values are two kinds of keys: neither sees, replaces or removes the other under the same name.',
    'counters',
    async (bench) => {
      const cache = bench.cache();
      await cache.increment('k', 5);
      equal(await cache.get('k'), undefined);
      equal(await cache.has('k'), false);
      await cache.set('k', 'value');
      equal(await cache.increment('k'), 6);
      equal(await cache.delete('k'), true);
      equal(await cache.increment('k'), 7);
    },
  ],
  clear: [
    'clear forgets counters.',
    'counters',
    async (bench) => {
      const cache = bench.cache();
      await cache.increment('k', 5);
      await cache.clear();
      equal(await cache.increment('k'), 1);
    },
  ],
  namespaces: [
    'A counter belongs to its namespace.',
    'counters',
    async (bench) => {
      const cache = bench.cache();
      const [one, two] = [cache.namespace('one'), cache.namespace('two')];
      await one.increment('k', 5);
      equal(await two.increment('k'), 1);
      await one.clear();
      equal(await two.increment('k'), 2);
      equal(await one.increment('k'), 1);
    },
  ],
  ttl: [
    'A counter has the ttl of its creation, by default that of its namespace; no addition renews it.',
    'counters',
    'advance',
    async (bench) => {
      const cache = bench.cache({ ttl: '2h' });
      const slack = bench.adapter.limits.ttlResolutionMs;
      await cache.increment('own', 5, { ttl: '1h' });
      await cache.increment('default', 5);
      await bench.advance(1_800_000);
      equal(await cache.increment('own', 1, { ttl: '9h' }), 6);
      await bench.advance(1_800_000 + slack);
      equal(await cache.increment('own'), 1);
      equal(await cache.increment('default'), 6);
      await bench.advance(3_600_000 + slack);
      equal(await cache.increment('default'), 1);
    },
  ],
  fraction: [
    'incrementFloat adds fractions and answers the new value; an amount that is not finite is refused with INVALID_VALUE.',
    'floats',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.incrementFloat('k', 1.5), 1.5);
      equal(await cache.incrementFloat('k', -0.25), 1.25);
      for (const by of [Number.NaN, Number.POSITIVE_INFINITY, '1', 1n] as never[]) {
        await rejection('INVALID_VALUE', 'incrementFloat', () => cache.incrementFloat('k', by));
      }
      for (const initial of [Number.NaN, 'x', {}] as never[]) {
        await rejection('INVALID_VALUE', 'incrementFloat', () => cache.incrementFloat('new', 1, { initial }));
      }
    },
  ],
  'fraction-apart': [
    'A counter that holds a fraction is refused by increment with WRONG_TYPE, and keeps it.',
    'floats',
    async (bench) => {
      const cache = bench.cache();
      await cache.incrementFloat('k', 1.5);
      await rejection('WRONG_TYPE', 'increment', () => cache.increment('k'));
      equal(await cache.incrementFloat('k', 0.5), 2);
    },
  ],
  unsupported: [
    'Where the adapter has no counters, their methods reject with UNSUPPORTED that names the operation, before any I/O.',
    async (bench) => {
      const trips = new RoundTrips(withoutFacets(bench.adapter, 'counters'));
      const cache = bench.cache({ adapter: trips.adapter });
      const methods = unsupportedMethodsOf(trips).filter(({ facet }) => facet === 'counters');
      equal(methods.length, 3);
      for (const method of methods) {
        const error = await rejection('UNSUPPORTED', method.name, () => method.call(cache, 'k'));
        equal(error.operation, method.name);
        ok(error.message.includes('counters'), error.message);
      }
      deepEqual(trips.calls, []);
    },
  ],
});
