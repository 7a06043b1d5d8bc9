import { deepEqual, equal } from 'node:assert/strict';
import { Gate } from '../../faults/gate.ts';
import { LaggingReplica } from '../../faults/lagging-replica.ts';
import { turns, until, within } from '../../kit/check.ts';
import { loading } from '../../kit/loading.ts';
import { eachRead, replicated } from '../../kit/replicated.ts';
import { around } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const MINUTE = 60_000;

/** What is decided by what the server has, whatever replicas say. */
export const replicaDecisions: readonly CacheRule[] = group('cache/replicas', {
  fill: [
    'What was loaded is kept or not by what the server has: whatever replicas say, an invalidation during the load holds, and a fill counts.',
    'bytes',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      const invalidations: ((key: string) => Promise<unknown>)[] = [
        (key) => server.delete(key),
        () => server.clear(),
        () => server.deleteByTag('t'),
      ];
      await server.set('other', 'old', { tags: ['t'] });
      for (const [index, invalidate] of invalidations.entries()) {
        const key = `k${index}`;
        const load = await loading(cache, 'old', { key, tags: ['t'] });
        await replica.catchUp();
        await invalidate(key);
        await load.finish();
        equal(await server.get(key), undefined, String(invalidate));
        equal(await cache.getOrSet(key, () => 'new', { tags: ['t'] }), 'new');
        equal(await server.get(key), 'new', String(invalidate));
      }
    },
  ],
  nested: [
    'What a loader reads of the cache is what the server has, since what it makes of that is kept.',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      await server.set('k', 'old');
      await replica.catchUp();
      await server.set('k', 'new');
      const read = await cache.getOrSet('whole', async () => {
        await turns(1);
        return await eachRead(cache, 'loaded');
      });
      for (const [method, value] of read) equal(value, 'new', method);
    },
  ],
  lease: [
    'One process loads a key, and the others wait for it, whatever replicas say.',
    'bytes',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      const first = await loading(server, 'first');
      const seconds = [cache.getOrSet('k', () => 'second')];
      await turns(5);
      await replica.catchUp();
      seconds.push(cache.getOrSet('k', () => 'second'));
      await turns(5);
      await first.finish();
      deepEqual(await Promise.all(seconds), ['first', 'first']);
      equal(cache.stats().loads, 0);
    },
  ],
  conditions: [
    'What a write, a touch or a removal depends on, or answers, is what the server has, also where reads are made in the same turn.',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      const calls: [present: unknown, absent: unknown, call: (key: string) => Promise<unknown>][] = [
        [false, true, (key) => cache.add(key, 'mine')],
        ['theirs', undefined, (key) => cache.getAndSet(key, 'mine')],
        [true, false, (key) => cache.touch(key)],
        [true, false, (key) => cache.expire(key)],
        [true, false, (key) => cache.delete(key)],
      ];
      for (const [index, [present]] of calls.entries()) {
        const [, absent, call] = calls[index] as (typeof calls)[number];
        await server.set(`present${index}`, 'theirs');
        const [, onPresent] = await Promise.all([cache.get('k'), call(`present${index}`), cache.get('k')]);
        equal(onPresent, present, `call ${index} on what replicas do not have`);
        await server.set(`absent${index}`, 'theirs');
        await replica.catchUp();
        await server.delete(`absent${index}`);
        const [, onAbsent] = await Promise.all([cache.get('k'), call(`absent${index}`), cache.get('k')]);
        equal(onAbsent, absent, `call ${index} on what replicas alone have`);
      }
    },
  ],
  counters: [
    'Counters go on from what the server has, and begin anew after a clear that replicas have not seen.',
    'counters',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      await cache.increment('n');
      await replica.catchUp();
      await server.increment('n', 4);
      await cache.get('k');
      equal(await cache.increment('n'), 6);
      await server.clear();
      await cache.get('k');
      equal(await cache.increment('n'), 1);
    },
  ],
  invalidations: [
    'An invalidation holds at the server, whatever replicas say, and at a replica once it has caught up.',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      const invalidations: (() => Promise<unknown>)[] = [
        () => cache.delete('k'),
        () => cache.expire('k'),
        () => cache.deleteMany(['k']),
        () => cache.deleteByTag('t'),
        () => cache.expireByTag('t'),
        () => cache.clear(),
        () => cache.invalidating(['k'], () => undefined),
      ];
      for (const invalidate of invalidations) {
        await server.set('k', 'older');
        await replica.catchUp();
        await server.clear();
        await server.set('k', 'old', { tags: ['t'] });
        equal(await cache.get('k'), 'older');
        await invalidate();
        equal(await server.get('k'), undefined, String(invalidate));
        await replica.catchUp();
        equal(await cache.get('k'), undefined, String(invalidate));
      }
    },
  ],
  refresh: [
    'Whether something is loaded anew behind a hit, by `refresh` or by `warm` is decided by what the server has.',
    async (bench) => {
      const { cache, server, replica } = replicated(bench);
      const loads: string[] = [];
      const gate = new Gate();
      const load = (key: string) => async (): Promise<string> => {
        loads.push(key);
        await gate.pass();
        return 'loaded';
      };
      const due = { refreshAt: 0.5 };
      await server.setMany([
        ['same', 'old'],
        ['replaced', 'old'],
        ['gone', 'old'],
      ]);
      await replica.catchUp();
      await bench.advance(6 * MINUTE);
      await server.set('replaced', 'new');
      await server.delete('gone');
      for (const key of ['replaced', 'gone', 'same']) equal(await cache.getOrSet(key, load(key), due), 'old');
      await within(bench.patienceMs, 'the load', gate.arrived());
      await turns(10);
      replica.askedServer = 0;
      for (let hits = 0; hits < 5; hits += 1) equal(await cache.getOrSet('same', load('same'), due), 'old');
      equal(replica.askedServer, 0, 'hits while it is loaded anew');
      gate.open();
      await until(bench.patienceMs, 'it is loaded anew', async () => (await server.get('same')) === 'loaded');
      await turns(10);
      deepEqual(loads, ['same']);
      deepEqual(await server.getMany(['replaced', 'gone']), ['new', undefined]);
      const warmed = await cache.warm(['gone', 'replaced'], () => 'warmed');
      deepEqual([warmed.loaded, warmed.skipped], [1, 1]);
      equal(await server.get('gone'), 'warmed');
      equal(await cache.refresh('replaced', () => 'again'), 'again');
      equal(await server.get('replaced'), 'again');
    },
  ],
  remembers: [
    'What replicas say is not remembered for writes: after a read of them a write costs what it costs without.',
    async (bench) => {
      const replica = new LaggingReplica(bench.adapter);
      let writes = 0;
      const counting = around(replica.adapter, (name, _items, go) => {
        if (name === 'write') writes += 1;
        return go();
      });
      const cache = bench.cache({ adapter: counting });
      await cache.set('k', 'old');
      await replica.catchUp();
      await cache.clear();
      await cache.set('k', 'new', { tags: ['t'] });
      equal(await cache.get('k'), 'old');
      writes = 0;
      await cache.set('k', 'again', { tags: ['t'] });
      equal(writes, 1);
    },
  ],
});
