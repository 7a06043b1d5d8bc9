import { type Bus, memoryBus } from '@cache/core';
import type { CacheBench, TestCache, TestCacheOptions } from './cache-bench.ts';
import { turns } from './check.ts';
import { localStore } from './local-store.ts';
import { RoundTrips } from './round-trips.ts';
import { withParts } from './wrap.ts';

const HOUR = 3_600_000;

/** Options of a cache with a tier of its own. */
export function tiered(bus: Bus): TestCacheOptions {
  return { local: localStore(), bus, localTtl: HOUR };
}

/** Two caches of two processes, each with a tier of its own; the calls of the first are counted. */
export async function tiers(
  bench: CacheBench,
  options: TestCacheOptions = {},
): Promise<{ readonly one: TestCache; readonly two: TestCache; readonly trips: RoundTrips }> {
  // Time stands still or leaps: silence is another rule's.
  const bus = memoryBus({ heartbeat: HOUR, silence: 24 * HOUR });
  const trips = new RoundTrips(bench.adapter);
  const one = bench.cache({ ...tiered(bus), ...options, adapter: trips.adapter });
  const two = bench.cache({ ...tiered(bus), ...options, adapter: withParts(bench.adapter, {}) });
  await turns();
  return { one, two, trips };
}
