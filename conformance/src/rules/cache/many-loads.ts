import { deepEqual, equal, ok } from 'node:assert/strict';
import { Gate } from '../../faults/gate.ts';
import { rejection } from '../../kit/cache-bench.ts';
import { turns, until, within } from '../../kit/check.ts';
import { DrivenClock } from '../../kit/driven-clock.ts';
import { fleet } from '../../kit/fleet.ts';
import { loading } from '../../kit/loading.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { around } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const LATE_MS = 8000;
const HOUR = 3_600_000;

/** Reading many keys through. */
export const manyLoads: readonly CacheRule[] = group('cache/many-loads', {
  positions: [
    'getOrSetMany answers by position, keys asked for twice too; its loader is called once, with the keys that are missing, and what it brings is stored with life and tags.',
    async (bench) => {
      const cache = bench.cache();
      await cache.setMany([
        ['a', 'A'],
        ['null', null],
      ]);
      const asked: (readonly string[])[] = [];
      const loader = async (keys: readonly string[]): Promise<Map<string, string>> => {
        asked.push([...keys].sort());
        return new Map(keys.map((key) => [key, key.toUpperCase()]));
      };
      const keys = ['c', 'a', 'b', 'c', 'null'];
      const options = { ttl: HOUR, tags: ['t'] };
      deepEqual(await cache.getOrSetMany(keys, loader, options), ['C', 'A', 'B', 'C', null]);
      deepEqual(asked, [['b', 'c']]);
      deepEqual(await cache.getOrSetMany(keys, loader, options), ['C', 'A', 'B', 'C', null]);
      equal(asked.length, 1);
      equal(await cache.ttl('c'), HOUR);
      await cache.deleteByTag('t');
      deepEqual(await cache.getMany(keys), [undefined, 'A', undefined, undefined, null]);
      deepEqual(await cache.getOrSetMany([], loader), []);
    },
  ],
  'refresh-at': [
    'With `refreshAt`, what getOrSetMany finds late in its life is loaded anew behind the hits, by one call of the loader for all such keys.',
    async (bench) => {
      const cache = bench.cache();
      const options = { ttl: HOUR, refreshAt: 0.8 };
      const asked: (readonly string[])[] = [];
      const loader = async (keys: readonly string[]): Promise<Map<string, number>> => {
        asked.push([...keys].sort());
        return new Map(keys.map((key) => [key, asked.length]));
      };
      deepEqual(await cache.getOrSetMany(['a', 'b'], loader, options), [1, 1]);
      bench.clock.advance(HOUR * 0.8);
      deepEqual(await cache.getOrSetMany(['c'], loader, options), [2]);
      deepEqual(await cache.getOrSetMany(['a', 'b', 'c'], loader, options), [1, 1, 2]);
      await until(bench.patienceMs, 'nothing was loaded anew', async () => {
        return (await cache.getMany(['a', 'b'])).every((value) => value === 3);
      });
      deepEqual(asked, [['a', 'b'], ['c'], ['a', 'b']]);
      deepEqual(await cache.getOrSetMany(['a', 'b', 'c'], loader, options), [3, 3, 2]);
    },
  ],
  gaps: [
    'What the loader does not bring is undefined, and is not stored; the next call asks for it again.',
    async (bench) => {
      const cache = bench.cache();
      const some = async (): Promise<Map<string, number>> => new Map([['a', 1]]);
      deepEqual(await cache.getOrSetMany(['a', 'b'], some), [1, undefined]);
      equal(await cache.has('b'), false);
      deepEqual(await cache.getOrSetMany(['a', 'b'], () => new Map([['b', 2]])), [1, 2]);
      equal(await cache.getOrSet('b', () => 3), 2);
    },
  ],
  failures: [
    'When the loader fails, the call rejects with PARTIAL and the failure by key; what is no Map is INVALID_VALUE. Nothing is stored.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('a', 1);
      const down = new Error('the source is down');
      const error = await rejection('PARTIAL', 'getOrSetMany', () =>
        cache.getOrSetMany(['a', 'b', 'c'], () => Promise.reject(down)),
      );
      deepEqual([...(error.failures?.keys() ?? [])].sort(), ['b', 'c']);
      for (const bad of [undefined, null, {}, [], 5] as never[]) {
        const refused = await rejection('PARTIAL', 'getOrSetMany', () =>
          cache.getOrSetMany(['b'], () => bad),
        );
        equal(refused.failures?.get('b')?.code, 'INVALID_VALUE');
      }
      const partly = await rejection('PARTIAL', 'getOrSetMany', () =>
        cache.getOrSetMany(
          ['b', 'c'],
          () =>
            new Map([
              ['b', undefined],
              ['c', 3],
            ]),
        ),
      );
      deepEqual([...(partly.failures?.keys() ?? [])], ['b']);
      deepEqual(await cache.getMany(['b', 'c']), [undefined, 3]);
    },
  ],
  shared: [
    'Each key has one load: getOrSet and getOrSetMany of it at the same time share it, and what the many do not find the one may.',
    async (bench) => {
      const cache = bench.cache();
      const first = await loading(cache, 'one', { key: 'a' });
      const asked: string[] = [];
      const gate = new Gate();
      const loader = async (keys: readonly string[]): Promise<Map<string, string>> => {
        asked.push(...keys);
        await gate.pass();
        return new Map([['b', 'many']]);
      };
      const many = cache.getOrSetMany(['a', 'b', 'c'], loader);
      await within(LATE_MS, 'the loader', gate.arrived());
      deepEqual(asked.sort(), ['b', 'c'], 'a key that is loading already was asked for');
      const joined = cache.getOrSet('b', () => 'own');
      const other = cache.getOrSet('c', () => 'own');
      await turns();
      gate.open();
      await first.finish();
      deepEqual(await many, ['one', 'many', undefined]);
      deepEqual([await joined, await other], ['many', 'own']);
    },
  ],
  overtaken: [
    'A key that is deleted during the load of many is not kept; the others are.',
    async (bench) => {
      const cache = bench.cache();
      const gate = new Gate();
      const call = cache.getOrSetMany(['a', 'b'], async (keys) => {
        await gate.pass();
        return new Map(keys.map((key) => [key, 'old']));
      });
      await Promise.race([gate.arrived(), call]);
      await cache.delete('a');
      const later = cache.getOrSet('a', () => 'new');
      await turns();
      gate.open();
      deepEqual(await call, ['old', 'old']);
      equal(await later, 'new');
      deepEqual(await cache.getMany(['a', 'b']), ['new', 'old']);
    },
  ],
  fleet: [
    'In the fleet each key is loaded once: what another process loads already is waited for, without holding back the rest.',
    'bytes',
    async (bench) => {
      const [one, two] = fleet(bench);
      const first = await loading(one, 'first', { key: 'a' });
      const asked: (readonly string[])[] = [];
      const gate = new Gate();
      const call = two.getOrSetMany(['a', 'b', 'c'], async (keys) => {
        asked.push([...keys].sort());
        gate.pass();
        return new Map(keys.map((key) => [key, 'many']));
      });
      await within(LATE_MS, 'the loader', gate.arrived());
      await first.finish();
      deepEqual(await call, ['first', 'many', 'many']);
      deepEqual(asked, [['b', 'c']]);
    },
  ],
  cost: [
    'getOrSetMany of any number of keys that are there is one call of the adapter; of keys that are not, it waits four times at most, tags included.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
      const load = (missing: readonly string[]): Map<string, number> =>
        new Map(missing.map((key) => [key, 1]));
      await cache.getOrSetMany(keys, load, { tags: ['t'] });
      trips.begin();
      await cache.getOrSetMany(keys, load, { tags: ['t'] });
      deepEqual(trips.calls, ['read']);
      await cache.deleteMany(keys);
      trips.begin();
      await cache.getOrSetMany(keys, load, { tags: ['t'] });
      ok(trips.inARow <= 4, `it waited ${trips.inARow} times`);
    },
  ],
  'fails-open': [
    'While the server fails, everything comes from the loader.',
    async (bench) => {
      let down = false;
      const adapter = around(bench.adapter, async (_name, items, go) => {
        if (!down) return await go();
        const error = {
          code: 'UNAVAILABLE',
          message: 'down',
          retryable: true,
          outcome: 'not-applied',
        } as const;
        return items.map(() => ({ ok: false, error }));
      });
      const cache = bench.cache({ adapter });
      await cache.set('a', 1);
      down = true;
      deepEqual(await cache.getOrSetMany(['a', 'b'], (keys) => new Map(keys.map((key) => [key, 2]))), [2, 2]);
    },
  ],
  signal: [
    'The loader gets a signal, which is aborted after `hardTimeout`; the signal of the call ends the wait alone.',
    async (bench) => {
      const clock = new DrivenClock(bench);
      const cache = bench.cache({ clock });
      const gate = new Gate();
      let signal: AbortSignal | undefined;
      const slow = async (keys: readonly string[], context: { signal: AbortSignal }) => {
        signal = context.signal;
        await gate.pass();
        return new Map(keys.map((key) => [key, 1]));
      };
      const controller = new AbortController();
      const call = rejection('PARTIAL', 'getOrSetMany', () =>
        cache.getOrSetMany(['a', 'b'], slow, { signal: controller.signal }),
      );
      await Promise.race([gate.arrived(), call]);
      controller.abort();
      equal((await call).failures?.get('a')?.code, 'ABORTED');
      equal(signal?.aborted, false);
      const other = cache.getOrSet('b', () => 2);
      gate.open();
      equal(await other, 1);
      const closed = new Gate();
      const late = rejection('PARTIAL', 'getOrSetMany', () =>
        cache.getOrSetMany(
          ['c'],
          async (_keys, context) => {
            signal = context.signal;
            await closed.pass();
            return new Map();
          },
          { hardTimeout: 40 },
        ),
      );
      const error = await clock.settle('getOrSetMany', 20, late);
      equal(error.failures?.get('c')?.code, 'TIMEOUT');
      equal(signal?.aborted, true);
      closed.open();
    },
  ],
});
