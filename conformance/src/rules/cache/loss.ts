import { deepEqual, equal, ok } from 'node:assert/strict';
import { type CacheBench, LEASE_MS } from '../../kit/cache-bench.ts';
import { within } from '../../kit/check.ts';
import { fleet, pair } from '../../kit/fleet.ts';
import { loading } from '../../kit/loading.ts';
import { waitingCache } from '../../kit/waiting.ts';
import { Written } from '../../kit/written.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

/**
 * A server that loses what it had acknowledged. What was invalidated since may be back, and nothing else may be wrong: no
 * value that is in none of its states, no entry without an end, no later invalidation that fails to hold.
 */
export const losses: readonly CacheRule[] = group('cache/loss', {
  lost: [
    'An entry that the server has lost is a miss in every cache, and is loaded again; others stay.',
    'lose',
    async (bench) => {
      const written = new Written(bench);
      const [one, two] = [bench.cache({ adapter: written.adapter }), bench.cache()];
      await one.set('k', 1);
      equal(await one.get('k'), 1);
      for (const key of written.keys('v')) await bench.opened.lose?.(key);
      await one.set('other', 1);
      for (const cache of [one, two]) deepEqual(await cache.getMany(['k', 'other']), [undefined, 1]);
      equal(await one.getOrSet('k', () => 2), 2);
      equal(await two.get('k'), 2);
    },
  ],
  restored: [
    'After the server has gone back to an earlier state each cache answers by that: what was invalidated before stays so, what was written since is gone, and every method works.',
    'snapshot',
    async (bench) => {
      const [one, two] = pair(bench);
      await one.setMany([
        ['replaced', 'old'],
        ['deleted', 'old'],
        ['gone', 'old'],
      ]);
      await one.set('tagged', 'old', { tags: ['t'] });
      await one.delete('gone');
      await one.deleteByTag('t');
      const restore = await snapshot(bench);
      await two.set('replaced', 'new');
      await two.delete('deleted');
      await two.setMany([
        ['gone', 'new'],
        ['tagged', 'new'],
      ]);
      deepEqual(await one.getMany(['replaced', 'gone']), ['new', 'new']);
      await restore();
      const keys = ['replaced', 'deleted', 'gone', 'tagged'];
      for (const cache of [one, two, bench.cache()]) {
        deepEqual(await cache.getMany(keys), ['old', 'old', undefined, undefined]);
      }
      equal(await two.add('replaced', 'again'), false);
      equal(await two.add('gone', 'again'), true);
      equal(await one.getAndSet('replaced', 'again'), 'old');
      equal(await one.touch('deleted'), true);
      equal(await two.getOrSet('tagged', () => 'again'), 'again');
      for (const cache of [one, two]) {
        deepEqual(await cache.getMany(keys), ['again', 'old', 'again', 'again']);
      }
    },
  ],
  'cleared-since': [
    'After the server has gone back to before a clear, entries from before it may count again; what is written then counts in every cache, and so does another clear.',
    'snapshot',
    async (bench) => {
      const [one, two] = pair(bench);
      await one.set('k', 'old');
      const restore = await snapshot(bench);
      await two.clear();
      await two.set('k', 'cleared');
      equal(await one.get('k'), 'cleared');
      await restore();
      for (const cache of [one, two]) equal(await cache.get('k'), 'old');
      await two.set('k', 'new');
      for (const cache of [one, two, bench.cache()]) equal(await cache.get('k'), 'new');
      await one.clear();
      for (const cache of [one, two, bench.cache()]) equal(await cache.get('k'), undefined);
    },
  ],
  tags: [
    'An invalidation of a tag that is made after the server has gone back holds in every cache, whatever they remember from before: also if as many invalidations were lost as were made since.',
    'snapshot',
    async (bench) => {
      for (let lost = 1; lost <= 3; lost += 1) {
        const [one, two] = pair(bench);
        const space = `space${lost}`;
        const [a, b] = [one.namespace(space), two.namespace(space)];
        await a.set('k', 'old', { tags: ['t'] });
        await a.deleteByTag('other');
        const restore = await snapshot(bench);
        for (let i = 0; i < lost; i += 1) await a.deleteByTag('other');
        // It remembers the marker of the tag under a record that is about to be lost.
        equal(await b.get('k'), 'old');
        await restore();
        // No failover is so quick.
        bench.clock.advance(1);
        for (let i = 0; i < lost; i += 1) await a.deleteByTag('t');
        for (const cache of [a, b]) equal(await cache.get('k'), undefined, `${lost} lost`);
      }
    },
  ],
  ends: [
    'An invalidation that was lost is undone for no longer than the entry would have lived.',
    'snapshot',
    async (bench) => {
      const [one, two] = pair(bench);
      await one.set('k', 'old', { ttl: HOUR });
      await one.set('stale', 'old', { ttl: HOUR, grace: HOUR });
      const restore = await snapshot(bench);
      await bench.advance(HOUR / 2);
      await one.deleteMany(['k', 'stale']);
      await restore();
      for (const cache of [one, two]) deepEqual(await cache.getMany(['k', 'stale']), ['old', 'old']);
      await bench.advance(HOUR / 2 + 1);
      for (const cache of [one, two]) deepEqual(await cache.getMany(['k', 'stale']), [undefined, undefined]);
      await bench.advance(HOUR);
      for (const cache of [one, two]) equal((await cache.lookup('stale')).state, 'miss');
    },
  ],
  'late-fill': [
    'A load whose lease was lost when the server went back does not overwrite what was loaded since.',
    'snapshot',
    'bytes',
    async (bench) => {
      const [one, two] = fleet(bench);
      await one.set('other', 1);
      const restore = await snapshot(bench);
      const first = await loading(one, 'old');
      await restore();
      equal(await two.getOrSet('k', () => 'new'), 'new');
      await first.finish();
      for (const cache of [one, two]) equal(await cache.get('k'), 'new');
    },
  ],
  lease: [
    'A lease that comes back when the server goes back delays others for its length at most.',
    'snapshot',
    'bytes',
    async (bench) => {
      const [one] = fleet(bench);
      const { cache: two, waits } = waitingCache(bench);
      await one.set('other', 1);
      const first = await loading(one, 'first');
      const restore = await snapshot(bench);
      await first.finish();
      await one.close();
      await restore();
      const { call } = await waits(() => two.getOrSet('k', () => 'second'));
      bench.clock.advance(LEASE_MS);
      await within(bench.patienceMs, 'getOrSet after the length of the lease', call);
      equal(await call, 'second');
      equal(await two.get('k'), 'second');
    },
  ],
});

async function snapshot(bench: CacheBench): Promise<() => Promise<void>> {
  const restore = await bench.opened.snapshot?.();
  ok(restore !== undefined, 'the harness took no snapshot');
  return restore;
}
