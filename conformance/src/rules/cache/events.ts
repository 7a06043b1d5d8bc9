import { deepEqual, equal } from 'node:assert/strict';
import { type CacheRule, group } from '../../rule.ts';

export const events: readonly CacheRule[] = group('cache/events', {
  counts: [
    'The statistics count hits, misses, writes, removals, loads and failures over all namespaces of a cache, lookup apart; each is one event.',
    async (bench) => {
      const cache = bench.cache();
      const space = cache.namespace('n');
      await cache.set('a', 1);
      await space.setMany([
        ['a', 1],
        ['b', 2],
      ]);
      await cache.getMany(['a', 'absent', 'a']);
      await space.get('a');
      await space.get('b');
      await space.lookup('a');
      await cache.getOrSet('loaded', () => 1);
      await cache.getOrSet('failing', () => Promise.reject(new Error('no'))).catch(() => undefined);
      await cache.deleteMany(['a', 'absent']);
      const { hits, misses, writes, removals, loads, loadFailures, hitRate, updatedAt } = cache.stats();
      deepEqual(
        { hits, misses, writes, removals, loads, loadFailures },
        { hits: 4, misses: 3, writes: 4, removals: 2, loads: 2, loadFailures: 1 },
      );
      equal(hitRate, 4 / 7);
      equal(updatedAt, bench.clock.now());
    },
  ],
  keys: [
    'Events name the namespace, the key as the caller wrote it, and why a read missed.',
    async (bench) => {
      const cache = bench.cache();
      const namespace = cache.path.join('/');
      const events: unknown[] = [];
      for (const name of ['hit', 'miss', 'write', 'remove', 'clear'] as const) {
        cache.on(name, (event) => events.push([name, event]));
      }
      await cache.set('k', 1, { grace: '1h' });
      await cache.get('k');
      await cache.expire('k');
      await cache.get('k');
      await cache.get('absent');
      await cache.delete('k');
      await cache.clear();
      deepEqual(events, [
        ['write', { namespace, key: 'k' }],
        ['hit', { namespace, key: 'k' }],
        ['miss', { namespace, key: 'k', reason: 'stale' }],
        ['miss', { namespace, key: 'absent', reason: 'absent' }],
        ['remove', { namespace, key: 'k' }],
        ['clear', { namespace }],
      ]);
    },
  ],
  listener: [
    'A listener that throws harms neither the call nor other listeners; one that was taken off hears nothing.',
    async (bench) => {
      const warnings: string[] = [];
      const cache = bench.cache({ logger: { warn: (message) => warnings.push(message) } });
      let heard = 0;
      cache.on('write', () => {
        throw new Error('listener');
      });
      const off = cache.on('write', () => {
        heard += 1;
      });
      await cache.set('k', 1);
      off();
      off();
      await cache.set('k', 2);
      equal(heard, 1);
      equal(await cache.get('k'), 2);
      equal(warnings.length, 2);
    },
  ],
  'no-expiry': [
    'That something has no expiry is told to the logger once.',
    async (bench) => {
      const warnings: string[] = [];
      const cache = bench.cache({ logger: { warn: (message) => warnings.push(message) } });
      await cache.set('a', 1);
      deepEqual(warnings, []);
      await cache.set('a', 1, { ttl: null });
      await cache.set('b', 1, { ttl: null });
      equal(warnings.length, 1);
      await cache.deleteMany(['a', 'b']);
    },
  ],
});
