import { equal, ok } from 'node:assert/strict';
import { rejection } from '../../kit/cache-bench.ts';
import { until } from '../../kit/check.ts';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

export const life: readonly CacheRule[] = group('cache/life', {
  ends: [
    'An entry is a hit until its ttl has passed, and a miss for every method from then on.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1, { ttl: '1h' });
      await bench.advance(HOUR - 1);
      equal(await cache.get('k'), 1);
      await bench.advance(1);
      equal(await cache.get('k'), undefined);
      equal(await cache.has('k'), false);
      equal(await cache.ttl('k'), undefined);
      equal(await cache.delete('k'), false);
      equal(await cache.touch('k', { ttl: '1h' }), false);
      equal(await cache.expire('k'), false);
      equal(await cache.get('k'), undefined);
    },
  ],
  default: [
    'Without a ttl an entry has that of its namespace, or else of its cache; null has no end.',
    async (bench) => {
      const cache = bench.cache({ ttl: '2h' });
      await cache.set('k', 1);
      equal(await cache.ttl('k'), 2 * HOUR);
      const space = cache.namespace('space', { ttl: null });
      await space.set('k', 1);
      equal(await space.ttl('k'), null);
      await space.delete('k');
      const within = cache.namespace('space').namespace('within');
      await within.set('k', 1, { ttl: '1h' });
      equal(await within.ttl('k'), HOUR);
    },
  ],
  replaces: [
    'Every write replaces the life of what was there: a shorter one, a longer one, and none.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1, { ttl: '3h' });
      await cache.set('k', 2, { ttl: '1h' });
      equal(await cache.ttl('k'), HOUR);
      await cache.set('k', 3, { ttl: '3h' });
      await bench.advance(2 * HOUR);
      equal(await cache.get('k'), 3);
      await cache.getAndSet('k', 4, { ttl: null });
      await bench.advance(1000 * HOUR);
      equal(await cache.get('k'), 4);
      await cache.delete('k');
    },
  ],
  'add-after-end': [
    'Where an entry has ended, add writes and getAndSet answers undefined.',
    async (bench) => {
      const cache = bench.cache();
      await cache.setMany([
        ['a', 1, { ttl: '1h' }],
        ['b', 1, { ttl: '1h' }],
      ]);
      await bench.advance(HOUR);
      equal(await cache.add('a', 2), true);
      equal(await cache.get('a'), 2);
      equal(await cache.getAndSet('b', 2), undefined);
      equal(await cache.get('b'), 2);
    },
  ],
  touch: [
    'touch gives another life from now, longer, shorter, or without end, and keeps the value; without a ttl it gives the default.',
    async (bench) => {
      const cache = bench.cache({ ttl: '5h' });
      await cache.set('k', { a: 1 }, { ttl: '1h' });
      equal(await cache.touch('k', { ttl: '3h' }), true);
      equal(await cache.ttl('k'), 3 * HOUR);
      await bench.advance(2 * HOUR);
      equal((await cache.get<{ a: number }>('k'))?.a, 1);
      await cache.touch('k', { ttl: 60_000 });
      equal(await cache.ttl('k'), 60_000);
      await cache.touch('k');
      equal(await cache.ttl('k'), 5 * HOUR);
      await cache.touch('k', { ttl: null });
      equal(await cache.ttl('k'), null);
      await cache.touch('k', { ttl: '1h' });
      await bench.advance(HOUR);
      equal(await cache.get('k'), undefined);
    },
  ],
  grace: [
    'After its ttl an entry with grace is a miss for get and `stale` for lookup, with its value; after its grace it is gone.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1, { ttl: '1h', grace: '2h' });
      await bench.advance(HOUR);
      equal(await cache.get('k'), undefined);
      equal(await cache.has('k'), false);
      const found = await cache.lookup('k');
      ok(found.state === 'stale', `lookup says ${found.state}`);
      equal(found.value, 1);
      await bench.advance(2 * HOUR);
      equal((await cache.lookup('k')).state, 'miss');
    },
  ],
  'stale-absent': [
    'A stale entry is absent for add, touch, expire, delete and getAndSet.',
    async (bench) => {
      const cache = bench.cache({ grace: '10h' });
      const stale = async (key: string): Promise<string> => {
        await cache.set(key, 1, { ttl: '1h' });
        await cache.expire(key);
        return key;
      };
      equal(await cache.touch(await stale('touch'), { ttl: '1h' }), false);
      equal(await cache.expire(await stale('expire')), false);
      equal(await cache.delete(await stale('delete')), false);
      equal((await cache.lookup('delete')).state, 'miss');
      equal(await cache.add(await stale('add'), 2), true);
      equal(await cache.get('add'), 2);
      equal(await cache.getAndSet(await stale('swap'), 2), undefined);
      equal(await cache.get('swap'), 2);
    },
  ],
  expire: [
    'expire makes an entry stale now and keeps it for its grace from now; without grace it removes it.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('graceful', 1, { ttl: '5h', grace: '2h' });
      await cache.set('plain', 1, { ttl: '5h' });
      equal(await cache.expire('graceful'), true);
      equal(await cache.expire('plain'), true);
      equal(await cache.get('graceful'), undefined);
      equal((await cache.lookup('graceful')).state, 'stale');
      equal((await cache.lookup('plain')).state, 'miss');
      await bench.advance(2 * HOUR);
      equal((await cache.lookup('graceful')).state, 'miss');
    },
  ],
  'touch-grace': [
    'touch keeps the grace of an entry.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1, { ttl: '1h', grace: '1h' });
      await cache.touch('k', { ttl: '2h' });
      await bench.advance(2 * HOUR);
      equal((await cache.lookup('k')).state, 'stale');
      await bench.advance(HOUR);
      equal((await cache.lookup('k')).state, 'miss');
    },
  ],
  'expires-at': [
    'expiresAt ends an entry at an instant.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1, { expiresAt: new Date(bench.clock.now() + HOUR) });
      await bench.advance(HOUR - 1);
      equal(await cache.get('k'), 1);
      await bench.advance(1);
      equal(await cache.get('k'), undefined);
    },
  ],
  sliding: [
    'A sliding entry lives on as long as hits come within its window, and ends when they do not.',
    'advance',
    async (bench) => {
      const cache = bench.cache();
      const slack = bench.adapter.limits.ttlResolutionMs;
      await cache.set('k', 1, { sliding: '1h' });
      for (let i = 0; i < 5; i += 1) {
        await bench.advance(HOUR / 2);
        equal(await cache.get('k'), 1, `after ${i + 1} half windows`);
        await until(
          bench.patienceMs,
          'the renewal',
          async () => ((await cache.ttl('k')) ?? 0) >= HOUR - slack,
        );
      }
      await bench.advance(HOUR + slack);
      equal(await cache.get('k'), undefined);
    },
  ],
  'sliding-cap': [
    'A sliding entry with a ttl ends with it, however many hits there are.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1, { sliding: '1h', ttl: '90m' });
      await bench.advance(HOUR / 2);
      equal(await cache.get('k'), 1);
      await bench.advance(HOUR / 2 - 1);
      equal(await cache.get('k'), 1);
      await bench.advance(HOUR / 2 + 1);
      equal(await cache.get('k'), undefined);
    },
  ],
  'sliding-server': [
    'A sliding entry that the server has ended is a miss.',
    'expire',
    async (bench) => {
      let key = '';
      const cache = bench.cache();
      const { adapter } = bench;
      const spying = bench.cache({
        adapter: withParts(adapter, {
          write(writes, call) {
            for (const write of writes) if (write.ttlMs !== null) key = write.key;
            return adapter.write(writes, call);
          },
        }),
      });
      await spying.set('k', 1, { sliding: '1h' });
      await bench.expire(key, HOUR);
      equal(await cache.get('k'), undefined);
      equal(await cache.ttl('k'), undefined);
    },
  ],
  'sliding-grace': [
    'A sliding entry has no grace: asking for both is refused with INVALID_OPTION.',
    async (bench) => {
      const cache = bench.cache();
      await rejection('INVALID_OPTION', 'set', () => cache.set('k', 1, { sliding: '1h', grace: '1h' }));
    },
  ],
  jitter: [
    'jitter shortens a ttl at random by up to its fraction, never to nothing; a fraction outside of 0 to 1 is refused.',
    async (bench) => {
      const draws = [0, 0.5, 0.999];
      const cache = bench.cache({ random: () => draws.shift() ?? 0 });
      for (const expected of [HOUR, 0.75 * HOUR]) {
        await cache.set('k', 1, { ttl: HOUR, jitter: 0.5 });
        equal(await cache.ttl('k'), expected);
      }
      // As good as nothing is left of it, but not on a real server before it is read back.
      await cache.set('k', 1, { ttl: HOUR, jitter: 1 });
      const left = (await cache.ttl('k')) ?? 0;
      equal(left > 0 && left <= 3601, true);
      for (const jitter of [-0.1, 1.1, Number.NaN, '0.5'] as never[]) {
        await rejection('INVALID_OPTION', 'set', () => cache.set('k', 1, { jitter }));
      }
    },
  ],
  'server-ttl': [
    'What is written to the server ends there by itself: with ttl and grace, rounded up; only without expiry it has no end.',
    async (bench) => {
      const ttls: (number | null)[] = [];
      const { adapter } = bench;
      const cache = bench.cache({
        adapter: withParts(adapter, {
          write(writes, call) {
            for (const { key, ttlMs } of writes) if (key.includes('mark')) ttls.push(ttlMs);
            return adapter.write(writes, call);
          },
        }),
      });
      await cache.set('warm', 1);
      await cache.set('mark 1', 1, { ttl: '1h' });
      await cache.set('mark 2', 1, { ttl: '1h', grace: '1h' });
      await cache.set('mark 3', 1, { ttl: 0.5 });
      await cache.set('mark 4', 1, { ttl: null });
      equal(JSON.stringify(ttls), JSON.stringify([HOUR, 2 * HOUR, 1, null]));
      await cache.delete('mark 4');
    },
  ],
});
