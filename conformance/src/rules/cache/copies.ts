import { deepEqual, equal, ok } from 'node:assert/strict';
import { memoryBus } from '@cache/core';
import { Gate } from '../../faults/gate.ts';
import type { TestCache } from '../../kit/cache-bench.ts';
import { turns, until } from '../../kit/check.ts';
import { tiered, tiers } from '../../kit/tiers.ts';
import { around, withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Copies of values in this process, in front of the server. */
export const copies: readonly CacheRule[] = group('cache/copies', {
  'no-call': [
    'With a local tier, what was read once is read again without a call of the adapter, by every method that reads values; lookup names the tier.',
    async (bench) => {
      const { one, trips } = await tiers(bench);
      await one.set('k', 1, { ttl: HOUR });
      equal(await one.get('k'), 1);
      trips.begin();
      equal(await one.get('k'), 1);
      equal(await one.get('k', { timeout: 1000 }), 1);
      deepEqual(await one.getMany(['k', 'k']), [1, 1]);
      equal(await one.getOrSet('k', () => 2), 1);
      equal(await one.getOrSet('k', () => 2, { ttl: MINUTE }), 1);
      deepEqual(await one.getOrSetMany(['k'], () => new Map()), [1]);
      const found = await one.lookup('k');
      ok(found.state === 'hit' && found.tier === 'local' && found.value === 1);
      equal(found.expiresAt, bench.clock.now() + HOUR);
      equal(trips.calls.join(), '');
      equal(one.stats().hits, 8);
    },
  ],
  told: [
    'What one process has changed, no other process finds in its own copies any more: after set, add, getAndSet, touch, delete, expire, setMany, deleteMany, expireMany, invalidating and refresh.',
    async (bench) => {
      const changes: readonly [string, (cache: TestCache) => Promise<unknown>, unknown][] = [
        ['set', (cache) => cache.set('k', 'new'), 'new'],
        ['setMany', (cache) => cache.setMany(new Map([['k', 'new']])), 'new'],
        ['getAndSet', (cache) => cache.getAndSet('k', 'new'), 'new'],
        ['delete', (cache) => cache.delete('k'), undefined],
        ['deleteMany', (cache) => cache.deleteMany(['x', 'k']), undefined],
        ['expire', (cache) => cache.expire('k'), undefined],
        ['expireMany', (cache) => cache.expireMany(['x', 'k']), undefined],
        ['delete and add', (cache) => cache.delete('k').then(() => cache.add('k', 'new')), 'new'],
        ['invalidating', (cache) => cache.invalidating(['k'], () => 0), undefined],
        ['refresh', (cache) => cache.refresh('k', () => 'new'), 'new'],
      ];
      const { one, two } = await tiers(bench);
      for (const [name, change, expected] of changes) {
        await one.set('k', 'old');
        deepEqual([await one.get('k'), await two.get('k')], ['old', 'old']);
        await change(one);
        equal(await two.get('k'), expected, `another process after ${name}`);
        equal(await one.get('k'), expected, `this process after ${name}`);
      }
      await one.set('k', 'old');
      equal(await two.get('k'), 'old');
      await one.touch('k', { ttl: MINUTE });
      equal(
        (await two.lookup('k').then((found) => ('expiresAt' in found ? found.expiresAt : 0))) ?? 0,
        bench.clock.now() + MINUTE,
      );
    },
  ],
  many: [
    'After deleteByTag, expireByTag and clear no process finds what they concern in its copies; a clear of one namespace leaves the copies of others.',
    async (bench) => {
      const { one, two } = await tiers(bench);
      const invalidations: ((cache: TestCache) => Promise<unknown>)[] = [
        (cache) => cache.deleteByTag('t'),
        (cache) => cache.expireByTag(['s', 't']),
        (cache) => cache.clear(),
      ];
      for (const invalidate of invalidations) {
        await one.set('k', 'old', { tags: ['t', 'u'] });
        deepEqual([await one.get('k'), await two.get('k'), await two.get('k')], ['old', 'old', 'old']);
        await invalidate(one);
        equal(await two.get('k'), undefined);
        equal(await one.get('k'), undefined);
      }
      const { one: first, trips } = await tiers(bench);
      const other = first.namespace('other');
      await other.set('k', 1);
      equal(await other.get('k'), 1);
      await first.clear();
      await first.namespace('oth').clear();
      trips.begin();
      equal(await other.get('k'), 1);
      equal(trips.calls.join(), '');
    },
  ],
  'other-tags': [
    'After the invalidation of a tag, copies that do not carry it serve again without a call, once one read has shown that nothing was cleared.',
    async (bench) => {
      const { one, trips } = await tiers(bench);
      await one.set('a', 1, { tags: ['t'] });
      await one.set('b', 2, { tags: ['u'] });
      await one.set('c', 3);
      await one.getMany(['a', 'b', 'c']);
      await one.deleteByTag('t');
      equal(await one.get('b'), 2);
      trips.begin();
      deepEqual([await one.get('b'), await one.get('c')], [2, 3]);
      // Where the namespace is split, each part is shown by a read of its own.
      ok(trips.calls.length <= (bench.adapter.buckets === undefined ? 0 : 1), `${trips.calls}`);
      equal(await one.get('a'), undefined);
    },
  ],
  overtaken: [
    'A read that was overtaken by a change is not kept: not by one of its key, of one of its tags, or of the whole namespace, made here or elsewhere.',
    async (bench) => {
      const changes: ((cache: TestCache) => Promise<unknown>)[] = [
        (cache) => cache.set('k', 'new'),
        (cache) => cache.delete('k'),
        (cache) => cache.deleteByTag('t'),
        (cache) => cache.clear(),
      ];
      for (const change of changes) {
        for (const here of [true, false]) {
          const slow = { gate: undefined as Gate | undefined };
          const held = around(bench.adapter, async (name, _items, go) => {
            const answer = await go();
            if (name === 'read') await slow.gate?.pass();
            return answer;
          });
          const bus = memoryBus();
          const reader = bench.cache({ ...tiered(bus), adapter: held });
          const writer = here
            ? reader
            : bench.cache({ ...tiered(bus), adapter: withParts(bench.adapter, {}) });
          await turns();
          await writer.set('k', 'old', { tags: ['t'] });
          slow.gate = new Gate();
          const reading = reader.get('k');
          await slow.gate.arrived();
          const changing = change(writer);
          if (!here) await changing;
          slow.gate.open();
          slow.gate = undefined;
          await reading;
          await changing;
          equal(await reader.get('k'), await bench.cache().get('k'));
        }
      }
    },
  ],
  'own-order': [
    'A copy does not serve a read that was called after a change of its key in the same turn.',
    async (bench) => {
      const { one } = await tiers(bench);
      for (const key of ['a', 'b', 'c', 'd']) await one.set(key, 'old', { tags: ['t'] });
      await one.getMany(['a', 'b', 'c', 'd']);
      const answers = [one.set('a', 'new'), one.get('a'), one.delete('b'), one.get('b')];
      deepEqual(
        (await Promise.all(answers)).filter((_, index) => index % 2 === 1),
        ['new', undefined],
      );
      const after = [one.getAndSet('c', 'new'), one.get('c'), one.deleteByTag('t'), one.get('d')];
      equal((await Promise.all(after))[1], 'new');
      equal(await one.get('d'), undefined);
    },
  ],
  life: [
    'A copy serves no longer than its entry is fresh, nor than `localTtl`, and is not kept where the entry slides.',
    async (bench) => {
      const { one, trips } = await tiers(bench, { localTtl: MINUTE });
      await one.set('short', 1, { ttl: 30_000, grace: HOUR });
      await one.set('long', 2, { ttl: HOUR });
      await one.set('sliding', 3, { sliding: HOUR });
      const keys = ['short', 'long', 'sliding'];
      deepEqual(await one.getMany(keys), [1, 2, 3]);
      trips.begin();
      deepEqual([await one.get('short'), await one.get('long')], [1, 2]);
      equal(trips.calls.join(), '');
      equal(await one.get('sliding'), 3);
      ok(trips.calls.includes('read'));
      bench.clock.advance(30_000);
      equal(await one.get('short'), undefined);
      trips.begin();
      equal(await one.get('long'), 2);
      equal(trips.calls.join(), '');
      bench.clock.advance(30_000);
      equal(await one.get('long'), 2);
      equal(trips.calls.join(), 'read');
    },
  ],
  refresh: [
    'What is due to be loaded anew is not served from a copy: the load behind the hit begins as without one.',
    async (bench) => {
      const { one } = await tiers(bench);
      let loads = 0;
      const load = (): number => {
        loads += 1;
        return loads;
      };
      const options = { ttl: MINUTE, refreshAt: 0.5 };
      equal(await one.getOrSet('k', load, options), 1);
      equal(await one.getOrSet('k', load, options), 1);
      bench.clock.advance(40_000);
      equal(await one.getOrSet('k', load, options), 1);
      await until(bench.patienceMs, 'the load behind the hit', async () => (await one.get('k')) === 2);
      equal(await one.getOrSet('k', load, options), 2);
      equal(loads, 2);
    },
  ],
});
