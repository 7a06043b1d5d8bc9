import { deepEqual, equal, ok } from 'node:assert/strict';
import type { CallOptions } from '@cache/core';
import { type CacheBench, rejection, type TestCache } from './cache-bench.ts';
import { cacheMethodsOf } from './cache-methods.ts';
import { RoundTrips } from './round-trips.ts';

/** What is no duration. */
export const BAD_TTLS: readonly unknown[] = [
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '5',
  '5 parsecs',
  '',
  '-5s',
  '0s',
  's',
  {},
  true,
  4e12,
];

/** Every method refuses every such key, without a call of the adapter, and the error names operation and key. */
export async function badKeys(bench: CacheBench, keys: readonly unknown[]): Promise<{ message: string }[]> {
  const trips = new RoundTrips(bench.adapter);
  const cache = bench.cache({ adapter: trips.adapter });
  const errors: { message: string }[] = [];
  for (const method of cacheMethodsOf(bench)) {
    if (!method.keyed) continue;
    for (const key of keys) {
      const error = await rejection('INVALID_KEY', method.name, () => method.call(cache, key as string));
      equal(error.operation, method.name);
      equal(error.outcome, 'not-applied');
      errors.push(error);
    }
  }
  deepEqual(trips.calls, [], 'the adapter was called');
  return errors;
}

/** Every method that writes refuses every such value, and what was there stays. */
export async function badValues(bench: CacheBench, values: readonly unknown[]): Promise<void> {
  const cache = bench.cache();
  await cache.set('some key', 'old');
  for (const value of values) {
    for (const [name, call] of writers(cache, value, {})) {
      const error = await rejection('INVALID_VALUE', name, call);
      equal(error.key, 'some key', name);
      equal(error.outcome, 'not-applied');
      ok(error.message.includes('some key'), error.message);
    }
    const loaded = await rejection('INVALID_VALUE', 'getOrSet', () => cache.getOrSet('absent', () => value));
    equal(loaded.key, 'absent');
  }
  equal(await cache.get('some key'), 'old');
}

/** Every method that takes a life refuses every such duration, without a call of the adapter. */
export async function badLives(bench: CacheBench, options: (duration: unknown) => object): Promise<void> {
  const trips = new RoundTrips(bench.adapter);
  const cache = bench.cache({ adapter: trips.adapter });
  for (const duration of BAD_TTLS) {
    const bad = options(duration);
    const loading = (): Promise<unknown> => cache.getOrSet('some key', () => 1, bad);
    for (const [name, call] of [...writers(cache, 1, bad), ['getOrSet', loading] as const]) {
      const error = await rejection('INVALID_TTL', `${name} with ${JSON.stringify(bad)}`, call);
      if (!('timeout' in bad)) equal(error.key, 'some key', name);
    }
  }
  deepEqual(trips.calls, [], 'the adapter was called');
}

function writers(
  cache: TestCache,
  value: unknown,
  options: object,
): (readonly [string, () => Promise<unknown>])[] {
  const timeout = 'timeout' in options ? (options as CallOptions) : undefined;
  return [
    ['set', () => cache.set('some key', value, options)],
    ['add', () => cache.add('some key', value, options)],
    ['getAndSet', () => cache.getAndSet('some key', value, options)],
    [
      'setMany',
      () =>
        cache.setMany(
          [
            ['other', 1],
            ['some key', value, timeout === undefined ? options : {}],
          ],
          timeout,
        ),
    ],
  ];
}
