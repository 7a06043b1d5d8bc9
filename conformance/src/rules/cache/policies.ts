import { deepEqual, equal } from 'node:assert/strict';
import { rejection } from '../../kit/cache-bench.ts';
import { DrivenClock } from '../../kit/driven-clock.ts';
import { type CacheRule, group } from '../../rule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Options by name. */
export const policies: readonly CacheRule[] = group('cache/policies', {
  named: [
    'A policy gives the options that a write or a load does not give itself: `static user session temporary lock`, and those of the cache, which may replace them.',
    async (bench) => {
      const cache = bench.cache({
        policies: {
          page: { ttl: MINUTE, grace: HOUR, tags: ['pages'], nullTtl: HOUR },
          user: { ttl: 2 * MINUTE },
        },
      });
      await cache.set('static', 1, { policy: 'static' });
      await cache.add('session', 1, { policy: 'session' });
      await cache.setMany([['user', 1, { policy: 'user' }]]);
      await cache.getOrSet('page', () => 1, { policy: 'page' });
      await cache.getOrSet('null', () => null, { policy: 'page' });
      await cache.set('own', 1, { policy: 'page', ttl: 3 * MINUTE, tags: [] });
      await cache.set('at', 1, { policy: 'page', expiresAt: bench.clock.now() + 4 * MINUTE });
      const keys = ['static', 'session', 'user', 'page', 'null', 'own', 'at'];
      deepEqual(await Promise.all(keys.map((key) => cache.ttl(key))), [
        24 * HOUR,
        20 * MINUTE,
        2 * MINUTE,
        MINUTE,
        HOUR,
        3 * MINUTE,
        4 * MINUTE,
      ]);
      await cache.expireByTag('pages');
      equal((await cache.lookup('page')).state, 'stale');
      equal(await cache.get('own'), 1);
    },
  ],
  namespaces: [
    'A namespace may have a policy: its lives and load options are the defaults there.',
    async (bench) => {
      const clock = new DrivenClock(bench);
      const cache = bench.cache({ clock, policies: { slow: { ttl: MINUTE, hardTimeout: 30 } } });
      const space = cache.namespace('n', { policy: 'slow' });
      await space.set('k', 1);
      equal(await space.ttl('k'), MINUTE);
      const never = new Promise<number>(() => undefined);
      const call = rejection('TIMEOUT', 'getOrSet', () => space.getOrSet('absent', () => never));
      await clock.settle('getOrSet', 20, call);
      const own = cache.namespace('m', { policy: 'slow', ttl: HOUR });
      await own.set('k', 1);
      equal(await own.ttl('k'), HOUR);
    },
  ],
  unknown: [
    'A policy that nobody defined is refused with INVALID_OPTION, whatever it is called.',
    async (bench) => {
      const cache = bench.cache();
      for (const policy of ['none', '', '__proto__', 'toString']) {
        await rejection('INVALID_OPTION', 'set', () => cache.set('k', 1, { policy }));
        await rejection('INVALID_OPTION', 'getOrSet', () => cache.getOrSet('k', () => 1, { policy }));
      }
      equal(await cache.get('k'), undefined);
    },
  ],
});
