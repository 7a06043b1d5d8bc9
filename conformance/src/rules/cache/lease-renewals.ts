import { equal } from 'node:assert/strict';
import type { Write } from '@cache/core';
import { Gate } from '../../faults/gate.ts';
import { LEASE_MS } from '../../kit/cache-bench.ts';
import { until, within } from '../../kit/check.ts';
import { DrivenClock } from '../../kit/driven-clock.ts';
import { fleet } from '../../kit/fleet.ts';
import { loading } from '../../kit/loading.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { staleAt } from '../../kit/stale.ts';
import { around } from '../../kit/wrap.ts';
import { isLease } from '../../kit/written.ts';
import { type CacheRule, group } from '../../rule.ts';

/** How a lease lasts as long as its holder. */
export const leaseRenewals: readonly CacheRule[] = group('cache/leases', {
  renews: [
    'A holder renews its lease: a load that takes longer than the lease is the only one.',
    'bytes',
    async (bench) => {
      const clock = new DrivenClock(bench);
      let renewals = 0;
      const renewing = around(bench.adapter, async (name, items, go) => {
        const outcomes = await go();
        if (name === 'write' && (items as Write<unknown>[]).some(isLease)) renewals += 1;
        return outcomes;
      });
      const trips = new RoundTrips(bench.adapter);
      const one = bench.cache({ adapter: renewing, clock });
      const two = bench.cache({ adapter: trips.adapter, clock });
      for (const key of ['absent', 'stale']) {
        if (key === 'stale') await staleAt(one, key);
        const first = await loading(one, 'first', { key });
        let answer: unknown;
        const second = two.getOrSet(key, () => 'second').then((value) => (answer = value));
        renewals = 0;
        for (let half = 1; half <= 5; half += 1) {
          trips.begin();
          clock.advance(LEASE_MS / 2);
          await until(bench.patienceMs, `${key}: renewal ${half}`, () => renewals >= half);
          await clock.until('whoever waits asks again', 10, () => trips.calls.length > 0);
        }
        equal(two.stats().loads, 0, `${key}: another one loaded`);
        equal(await first.finish(), 'first');
        await clock.until('whoever waits is answered', 10, () => answer !== undefined);
        equal(await second, 'first');
      }
    },
  ],
  'renewal-late': [
    'A renewal that is answered too late for its call is held all the same: the value is kept.',
    'bytes',
    async (bench) => {
      const clock = new DrivenClock(bench);
      const late = new Gate();
      let armed = false;
      const slow = around(bench.adapter, async (name, items, go) => {
        const outcomes = await go();
        if (armed && name === 'write' && (items as Write<unknown>[]).some(isLease)) {
          armed = false;
          await late.pass();
        }
        return outcomes;
      });
      const one = bench.cache({ adapter: slow, clock, timeout: 4000 });
      const [two] = fleet(bench);
      const first = await loading(one, 'first');
      armed = true;
      clock.advance(LEASE_MS / 2);
      await within(bench.patienceMs, 'a renewal', late.arrived());
      clock.advance(4500);
      late.open();
      await first.finish();
      equal(await two.get('k'), 'first');
    },
  ],
});
