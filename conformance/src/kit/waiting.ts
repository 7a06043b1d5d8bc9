import type { CacheBench, TestCache } from './cache-bench.ts';
import { until } from './check.ts';
import { RoundTrips } from './round-trips.ts';

/** Whoever waits for a lease has seen it by then, and asked again. */
const ASKED = 4;

/** A cache of a process of its own that tells when it waits for somebody else's load. */
export function waitingCache(bench: CacheBench): {
  readonly cache: TestCache;
  waits(call: () => Promise<unknown>): Promise<{ readonly call: Promise<unknown> }>;
} {
  const trips = new RoundTrips(bench.adapter);
  return {
    cache: bench.cache({ adapter: trips.adapter }),
    async waits(call) {
      trips.begin();
      const called = call();
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      called.then(settle, settle);
      await until(bench.patienceMs, 'it waits', () => settled || trips.calls.length >= ASKED);
      return { call: called };
    },
  };
}
