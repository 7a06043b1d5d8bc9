import { deepEqual, equal, ok } from 'node:assert/strict';
import type { LoadContext } from '@cache/core';
import { Gate } from '../../faults/gate.ts';
import { rejection } from '../../kit/cache-bench.ts';
import { rejectsWith, turns } from '../../kit/check.ts';
import { DrivenClock } from '../../kit/driven-clock.ts';
import { loading } from '../../kit/loading.ts';
import { staleAt } from '../../kit/stale.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Small beside the timeouts of calls, of which a server may need some. */
const STEP_MS = 20;
const DOWN = new Error('the source is down');
const failing = async (): Promise<never> => {
  throw DOWN;
};

/** Loads that take long or fail, and what serves meanwhile. */
export const slowLoads: readonly CacheRule[] = group('cache/freshness', {
  'soft-timeout': [
    'With `softTimeout`, a caller for whom there is a stale value gets it when the load takes longer; the load goes on and is kept. Where there is none, he waits.',
    async (bench) => {
      const promises: Promise<unknown>[] = [];
      const clock = new DrivenClock(bench);
      const cache = bench.cache({ clock, waitUntil: (promise) => promises.push(promise) });
      await staleAt(cache, 'k', ['t']);
      const first = await loading(cache, 'new', { softTimeout: 40 });
      equal(await clock.settle('the call', STEP_MS, first.call), 'stale');
      const other = cache.getOrSet('k', () => 'other', { softTimeout: 10 });
      equal(await clock.settle('another call', STEP_MS, other), 'stale');
      equal((await cache.lookup('k')).state, 'stale');
      ok(promises.length > 0, 'nobody was told of what goes on behind');
      await first.finish();
      await Promise.all(promises);
      equal(await cache.get('k'), 'new');
      const second = await loading(cache, 'new', { key: 'absent', softTimeout: 10 });
      await turns(5);
      clock.advance(40);
      await turns(5);
      equal(await second.finish(), 'new');
    },
  ],
  'hard-timeout': [
    'After `hardTimeout` a load has failed with TIMEOUT and its signal is aborted; what it brings later is not kept. A stale value serves instead.',
    async (bench) => {
      const clock = new DrivenClock(bench);
      const cache = bench.cache({ clock });
      let signal: AbortSignal | undefined;
      const gate = new Gate();
      const slow = async (context: LoadContext): Promise<string> => {
        signal = context.signal;
        await gate.pass();
        return 'late';
      };
      const call = rejection('TIMEOUT', 'getOrSet', () => cache.getOrSet('k', slow, { hardTimeout: 40 }));
      const error = await clock.settle('getOrSet', STEP_MS, call);
      deepEqual([error.key, error.retryable, signal?.aborted], ['k', true, true]);
      equal(signal?.reason, error);
      await staleAt(cache, 'stale', ['t']);
      const served = cache.getOrSet('stale', slow, { hardTimeout: 40 });
      equal(await clock.settle('getOrSet', STEP_MS, served), 'stale');
      gate.open();
      await turns(5);
      deepEqual(await cache.getMany(['k', 'stale']), [undefined, undefined]);
      equal(cache.stats().loadFailures, 2);
    },
  ],
  'stale-on-error': [
    'When a load fails, a stale value serves for it, and the next attempt is made a second later; the failure is an event. What is past its grace serves no more.',
    async (bench) => {
      const cache = bench.cache();
      const errors: boolean[] = [];
      cache.on('error', ({ swallowed }) => errors.push(swallowed));
      await staleAt(cache, 'k', ['t']);
      equal(await cache.getOrSet('k', failing), 'stale');
      deepEqual(errors, [true]);
      equal(await cache.getOrSet('k', () => 'too early'), 'stale');
      bench.clock.advance(990);
      equal(await cache.getOrSet('k', () => 'too early'), 'stale');
      bench.clock.advance(20);
      equal(await cache.getOrSet('k', () => 'new'), 'new');
      await staleAt(cache, 'k', ['t']);
      equal(await cache.getOrSet('k', failing), 'stale');
      bench.clock.advance(HOUR);
      await rejectsWith(DOWN, cache.getOrSet('k', failing));
    },
  ],
  'pause-ends': [
    'An invalidation, or the loss of the stale value, ends the pause after a failed load; so nobody gets the old error where nothing serves.',
    async (bench) => {
      const cache = bench.cache();
      const ends: ((key: string) => Promise<unknown>)[] = [
        (key) => cache.delete(key),
        (key) => cache.expire(key),
        () => cache.clear(),
        () => cache.deleteByTag('t'),
        (key) => bench.cache({ namespace: bench.prefix }).delete(key),
      ];
      for (const [index, end] of ends.entries()) {
        const key = `k${index}`;
        await staleAt(cache, key, ['t']);
        equal(await cache.getOrSet(key, failing), 'stale');
        await end(key);
        equal(await cache.getOrSet(key, () => 'new'), 'new');
      }
      await staleAt(cache, 'during', ['t']);
      const gate = new Gate();
      const call = cache.getOrSet('during', async () => {
        await gate.pass();
        throw DOWN;
      });
      await Promise.race([gate.arrived(), call]);
      await cache.delete('during');
      gate.open();
      equal(await call, 'stale');
      equal(await cache.getOrSet('during', () => 'new'), 'new');
    },
  ],
  'failure-pause': [
    'With `failurePause`, this process does not load a key for that long after a failure: callers get the stale value, or the same error. Without it, and where nothing is stale, the next call loads.',
    async (bench) => {
      const cache = bench.cache();
      const options = { failurePause: MINUTE };
      await rejectsWith(DOWN, cache.getOrSet('k', failing));
      await rejectsWith(DOWN, cache.getOrSet('k', failing, options));
      bench.clock.advance(MINUTE - 10);
      await rejectsWith(
        DOWN,
        cache.getOrSet('k', () => 'too early', options),
      );
      equal(cache.stats().loads, 2);
      bench.clock.advance(20);
      equal(await cache.getOrSet('k', () => 'new', options), 'new');
      await staleAt(cache, 'stale', ['t']);
      equal(await cache.getOrSet('stale', failing, options), 'stale');
      bench.clock.advance(MINUTE - 10);
      equal(await cache.getOrSet('stale', () => 'too early', options), 'stale');
      bench.clock.advance(20);
      equal(await cache.getOrSet('stale', () => 'new', options), 'new');
    },
  ],
  'null-ttl': [
    'A loaded null is a value like any other; with `nullTtl` it has a life of its own, `false` does not keep it.',
    async (bench) => {
      const cache = bench.cache();
      const none = async (): Promise<null> => null;
      equal(await cache.getOrSet('k', none, { ttl: HOUR }), null);
      equal(await cache.ttl('k'), HOUR);
      equal(await cache.getOrSet('short', none, { ttl: HOUR, nullTtl: MINUTE }), null);
      equal(await cache.ttl('short'), MINUTE);
      const expiresAt = bench.clock.now() + HOUR;
      equal(await cache.getOrSet('at', none, { expiresAt, nullTtl: MINUTE }), null);
      equal(await cache.ttl('at'), MINUTE);
      equal(await cache.getOrSet('long', none, { nullTtl: null }), null);
      equal(await cache.ttl('long'), null);
      equal(await cache.getOrSet('not', none, { nullTtl: false }), null);
      equal((await cache.lookup('not')).state, 'miss');
      const own = ({ setTtl }: LoadContext): null => {
        setTtl(2 * MINUTE);
        return null;
      };
      equal(await cache.getOrSet('own', own, { nullTtl: MINUTE }), null);
      equal(await cache.ttl('own'), 2 * MINUTE);
      await cache.getOrSet('value', () => 1, { ttl: HOUR, nullTtl: MINUTE });
      equal(await cache.ttl('value'), HOUR);
      await cache.delete('long');
    },
  ],
});
