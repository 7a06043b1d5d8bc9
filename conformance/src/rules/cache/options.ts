import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ErrorCode } from '@cache/core';
import { BAD_TTLS, badLives } from '../../kit/bad-input.ts';
import { type CacheBench, rejection } from '../../kit/cache-bench.ts';
import { cacheMethodsOf } from '../../kit/cache-methods.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const MANY = 50_000;

/** Durations, options and batches that are not what they should be. */
export const options: readonly CacheRule[] = group('cache/input', {
  ttl: [
    "A ttl of 0, negative, NaN, infinite, '5', '5 parsecs', over 100 years or of another type is refused by every method that takes one, with INVALID_TTL that names the key, before any I/O.",
    async (bench) => {
      await badLives(bench, (ttl) => ({ ttl }));
      const cache = bench.cache();
      for (const ttl of BAD_TTLS) {
        const options = { ttl } as never;
        await rejection('INVALID_TTL', 'touch', () => cache.touch('k', options));
        if (bench.adapter.counters === undefined) continue;
        await rejection('INVALID_TTL', 'increment', () => cache.increment('k', 1, options));
      }
    },
  ],
  'other-durations': [
    'grace, sliding and timeout are durations too, and the same is refused, with INVALID_TTL.',
    async (bench) => {
      await badLives(bench, (grace) => ({ grace }));
      await badLives(bench, (sliding) => ({ sliding }));
      await badLives(bench, (timeout) => ({ timeout }));
      const cache = bench.cache();
      for (const timeout of BAD_TTLS) {
        await rejection('INVALID_TTL', 'get', () => cache.get('k', { timeout } as never));
      }
    },
  ],
  'expires-at': [
    'expiresAt takes a Date or ms since 1970 in the future; anything else, an instant that has passed, and one together with a ttl are refused.',
    async (bench) => {
      const cache = bench.cache();
      const now = bench.clock.now();
      await cache.set('date', 1, { expiresAt: new Date(now + 3_600_000) });
      await cache.set('ms', 1, { expiresAt: now + 3_600_000 });
      equal(await cache.ttl('date'), 3_600_000);
      equal(await cache.ttl('ms'), 3_600_000);
      for (const expiresAt of [
        now,
        now - 1,
        0,
        Number.NaN,
        new Date(Number.NaN),
        '2099-01-01',
        now + 4e12,
      ] as never[]) {
        await rejection('INVALID_TTL', 'set', () => cache.set('k', 1, { expiresAt }));
      }
      await rejection('INVALID_OPTION', 'set', () => cache.set('k', 1, { ttl: 5, expiresAt: now + 5 }));
    },
  ],
  'long-ttl': [
    'A ttl beyond 2^31 ms is an ordinary ttl: it neither ends at once nor is refused.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('days', 1, { ttl: '60d' });
      await cache.set('ms', 1, { ttl: 2 ** 31 + 1 });
      equal(await cache.get('days'), 1);
      equal(await cache.ttl('days'), 60 * 86_400_000);
      equal(await cache.ttl('ms'), 2 ** 31 + 1);
    },
  ],
  'long-timeout': [
    'A timeout beyond 2^31 ms is an ordinary timeout: it does not pass at once.',
    async (bench) => {
      const slow = bench.cache({ adapter: delayed(bench), timeout: '30d' });
      await slow.set('k', 1);
      equal(await slow.get('k', { timeout: '60d' }), 1);
    },
  ],
  units: [
    "Durations are ms, or text with a unit: '250ms', '5s', '10m', '1h', '7d', '1.5h'.",
    async (bench) => {
      const cache = bench.cache();
      const durations = {
        '250ms': 250,
        '5s': 5000,
        '10m': 600_000,
        '1h': 3_600_000,
        '7d': 604_800_000,
        '1.5h': 5_400_000,
      };
      for (const [ttl, ms] of Object.entries(durations)) {
        await cache.set(ttl, 1, { ttl: ttl as '5s' });
        equal(await cache.ttl(ttl), ms);
      }
      await cache.set('number', 1, { ttl: 12_345 });
      equal(await cache.ttl('number'), 12_345);
    },
  ],
  options: [
    'Options that are no object, a signal that is none, and keys or entries that are no list are refused with INVALID_OPTION.',
    async (bench) => {
      const cache = bench.cache();
      for (const method of cacheMethodsOf(bench)) {
        for (const options of [5, 'ttl', true] as never[]) {
          await rejection('INVALID_OPTION', method.name, () => method.call(cache, 'k', options));
        }
        const signal = { aborted: 'perhaps' } as never;
        await rejection('INVALID_OPTION', `${method.name} with a false signal`, () =>
          method.call(cache, 'k', { signal }),
        );
      }
      for (const keys of ['abc', undefined, new Set(['a']), { 0: 'a' }] as never[]) {
        await rejection('INVALID_OPTION', 'getMany', () => cache.getMany(keys));
        await rejection('INVALID_OPTION', 'deleteMany', () => cache.deleteMany(keys));
        await rejection('INVALID_OPTION', 'expireMany', () => cache.expireMany(keys));
      }
      for (const entries of ['abc', undefined, 5, ['ab'], [5]] as never[]) {
        await rejection('INVALID_OPTION', 'setMany', () => cache.setMany(entries));
      }
    },
  ],
  'expire-ttl': [
    'expire takes no life: a second argument that names one is refused with INVALID_OPTION, whose message names touch.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1);
      for (const life of [60, { ttl: '5s' }] as never[]) {
        const { message } = await rejection('INVALID_OPTION', 'expire', () => cache.expire('k', life));
        ok(message.includes('touch'), message);
      }
      equal(await cache.get('k'), 1);
    },
  ],
  loader: [
    'getOrSet refuses what is no function as a loader, and undefined as what a loader brings.',
    async (bench) => {
      const cache = bench.cache();
      await rejection('INVALID_OPTION', 'getOrSet', () => cache.getOrSet('k', 'value' as never));
      const error = await rejection('INVALID_VALUE', 'getOrSet', () => cache.getOrSet('k', () => undefined));
      equal(error.key, 'k');
      equal(await cache.getOrSet('k', () => 1), 1);
    },
  ],
  'empty-batch': [
    'An empty batch answers an empty list, or resolves, without any I/O.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      deepEqual(await cache.getMany([]), []);
      deepEqual(await cache.deleteMany([]), []);
      deepEqual(await cache.expireMany([]), []);
      equal(await cache.setMany([]), undefined);
      deepEqual(trips.calls, []);
    },
  ],
  'large-batch': [
    'A batch of 50,000 keys is written, read and deleted whole.',
    'room',
    async (bench) => {
      const cache = bench.cache({ timeout: '120s' });
      const keys = Array.from({ length: MANY }, (_, i) => `key ${i}`);
      await cache.setMany(keys.map((key, i) => [key, i]));
      const found = await cache.getMany(keys);
      equal(found.length, MANY);
      equal(
        found.findIndex((value, i) => value !== i),
        -1,
        'the first that is wrong',
      );
      const there = await cache.deleteMany(keys);
      equal(there.length, MANY);
      equal(there.indexOf(false), -1, 'the first that was not there');
      // Each deletion said that it was done; whether that is true is seen as well by every 37th key, and by both ends.
      const some = keys.filter((_, i) => i % 37 === 0 || i === MANY - 1);
      ok(
        (await cache.getMany(some)).every((value) => value === undefined),
        'some are left',
      );
    },
  ],
  'bad-in-batch': [
    'One bad key, value or ttl in a batch refuses the whole batch before anything is written, and names what is bad.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('good', 'old');
      const key = await rejection('INVALID_KEY', 'setMany', () =>
        cache.setMany([
          ['good', 1],
          ['', 2],
        ]),
      );
      equal(key.operation, 'setMany');
      const value = await rejection('INVALID_VALUE', 'setMany', () =>
        cache.setMany([
          ['good', 1],
          ['bad', undefined],
        ]),
      );
      equal(value.key, 'bad');
      const ttl = await rejection('INVALID_TTL', 'setMany', () =>
        cache.setMany([
          ['good', 1],
          ['bad', 2, { ttl: 0 }],
        ]),
      );
      equal(ttl.key, 'bad');
      await rejection('INVALID_KEY', 'deleteMany', () => cache.deleteMany(['good', '']));
      await rejection('INVALID_KEY', 'expireMany', () => cache.expireMany(['good', '']));
      await rejection('INVALID_KEY', 'getMany', () => cache.getMany(['good', '']));
      equal(await cache.get('good'), 'old');
    },
  ],
  create: [
    'createCache and namespace refuse bad options at once: no adapter, a bad name, ttl, grace, timeout, codec, concurrency or onReadFailure.',
    async (bench) => {
      const bad: readonly [ErrorCode, object][] = [
        ['INVALID_OPTION', { adapter: undefined }],
        ['INVALID_OPTION', { adapter: {} }],
        ['INVALID_KEY', { namespace: '' }],
        ['INVALID_KEY', { namespace: '\ud800' }],
        ['INVALID_KEY', { namespace: 'x'.repeat(70_000) }],
        ['INVALID_TTL', { ttl: 0 }],
        ['INVALID_TTL', { grace: '5' }],
        ['INVALID_TTL', { timeout: Number.NaN }],
        ['INVALID_OPTION', { codec: { name: '' } }],
        ['INVALID_OPTION', { maxConcurrency: 0 }],
        ['INVALID_OPTION', { onReadFailure: 'ignore' }],
      ];
      for (const [code, options] of bad) {
        await rejection(code, `createCache ${Object.keys(options)}`, async () => bench.cache(options));
      }
      const cache = bench.cache();
      for (const name of ['', 5, undefined, '\ud800'] as never[]) {
        await rejection('INVALID_KEY', 'namespace', async () => cache.namespace(name));
      }
      await rejection('INVALID_TTL', 'namespace', async () => cache.namespace('n', { ttl: 0 }));
    },
  ],
});

/** The adapter with answers that take longer than 1 ms: a timer of 1 ms comes first, however busy the machine. */
function delayed({ adapter }: CacheBench): CacheBench['adapter'] {
  const later = <T>(answer: Promise<T>): Promise<T> => {
    return new Promise((resolve) => setTimeout(() => resolve(answer), 5));
  };
  return withParts(adapter, {
    read: (keys, call) => later(adapter.read(keys, call)),
    write: (writes, call) => later(adapter.write(writes, call)),
  });
}
