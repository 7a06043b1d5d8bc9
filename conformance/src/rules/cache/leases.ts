import { deepEqual, equal } from 'node:assert/strict';
import { Gate } from '../../faults/gate.ts';
import { LEASE_MS, rejection, type TestCache } from '../../kit/cache-bench.ts';
import { listed } from '../../kit/cache-methods.ts';
import { rejectsWith, turns, until, within } from '../../kit/check.ts';
import { fleet } from '../../kit/fleet.ts';
import { loading } from '../../kit/loading.ts';
import { Mortal } from '../../kit/mortal.ts';
import { INVALIDATIONS, notOld } from '../../kit/overtaking.ts';
import { pause } from '../../kit/pause.ts';
import { staleAt } from '../../kit/stale.ts';
import { waitingCache } from '../../kit/waiting.ts';
import { withParts } from '../../kit/wrap.ts';
import { Written } from '../../kit/written.ts';
import { type CacheRule, group } from '../../rule.ts';

const LATE_MS = 8000;

/** One load in the fleet, by lease, where payloads are bytes and the store may be shared by processes. */
export const leases: readonly CacheRule[] = group('cache/leases', {
  'one-load': [
    'Any number of calls for one key in several processes run one loader, and all of them get its value.',
    'bytes',
    async (bench) => {
      const caches = fleet(bench, 4);
      for (const key of ['absent', 'stale']) {
        if (key === 'stale') await staleAt(caches[0], key);
        const gate = new Gate();
        let loads = 0;
        const loader = async (): Promise<number> => {
          loads += 1;
          await gate.pass();
          return loads;
        };
        const calls = caches.flatMap((cache) => {
          return Array.from({ length: 25 }, () => cache.getOrSet(key, loader));
        });
        await gate.arrived();
        await turns(5);
        gate.open();
        deepEqual(await Promise.all(calls), new Array(100).fill(1), key);
        equal(loads, 1, key);
      }
    },
  ],
  'stale-one-load': [
    'A process that saw a stale value, and asks for the right to load it when another one has just replaced it, does not load it again.',
    'bytes',
    async (bench) => {
      const [one] = fleet(bench);
      await staleAt(one, 'k');
      const gate = new Gate();
      let armed = false;
      const slow = bench.cache({
        adapter: withParts(bench.adapter, {
          async write(writes, call) {
            if (armed) {
              armed = false;
              await gate.pass();
            }
            return await bench.adapter.write(writes, call);
          },
        }),
      });
      equal((await slow.lookup('k')).state, 'stale');
      armed = true;
      const second = slow.getOrSet('k', () => 'again');
      await Promise.race([gate.arrived(), second]);
      equal(await one.getOrSet('k', () => 'new'), 'new');
      gate.open();
      equal(await second, 'new');
      equal(slow.stats().loads, 0);
    },
  ],
  'holder-dies': [
    'When the process that loads is gone, another one loads after the length of the lease, and not before.',
    'bytes',
    async (bench) => {
      for (const key of ['absent', 'stale']) {
        const mortal = new Mortal(bench.adapter);
        const one = bench.cache({ adapter: mortal.adapter, audited: false });
        const { cache: two, waits } = waitingCache(bench);
        if (key === 'stale') await staleAt(two, key);
        await loading(one, 'old', { key });
        mortal.dead = true;
        let loads = 0;
        const { call } = await waits(() => {
          return two.getOrSet(key, () => {
            loads += 1;
            return 'new';
          });
        });
        equal(loads, 0, 'it did not wait');
        bench.clock.advance(LEASE_MS - 100);
        await pause(250);
        equal(loads, 0, 'it did not wait for the whole length');
        bench.clock.advance(200);
        equal(await call, 'new');
        equal(await two.get(key), 'new');
      }
    },
  ],
  'holder-hangs': [
    'A loader that hangs has failed after its hardTimeout, the right to load is free at once, and what it brings later is not kept.',
    'bytes',
    async (bench) => {
      const [one, two] = fleet(bench);
      const first = await loading(one, 'old', { hardTimeout: 300 });
      const second = two.getOrSet('k', () => 'new');
      await rejection('TIMEOUT', 'getOrSet', () => first.call);
      equal(await second, 'new');
      await first.finish().catch(() => undefined);
      await turns();
      equal(await two.get('k'), 'new');
    },
  ],
  absent: [
    'While a process loads a key, every operation of the others takes it for absent, and a write takes its place.',
    'bytes',
    async (bench) => {
      const [one, two] = fleet(bench);
      const first = await loading(one, 'old');
      equal(await two.get('k'), undefined);
      equal(await two.getBytes('k'), undefined);
      equal(await two.has('k'), false);
      equal(await two.ttl('k'), undefined);
      equal((await two.lookup('k')).state, 'miss');
      equal(await two.touch('k'), false);
      if (bench.adapter.scan !== undefined) deepEqual(await listed(two), []);
      equal(await two.getAndSet('k', 1), undefined);
      await first.finish();
      equal(await two.get('k'), 1);
      await two.delete('k');

      const calls: [string, (cache: TestCache) => Promise<unknown>, unknown][] = [
        ['add', (cache) => cache.add('k', 1), true],
        ['delete', (cache) => cache.delete('k'), false],
        ['deleteMany', async (cache) => (await cache.deleteMany(['k']))[0], false],
        ['expire', (cache) => cache.expire('k'), false],
      ];
      for (const [name, call, answer] of calls) {
        const again = await loading(one, 'old');
        equal(await call(two), answer, name);
        await again.finish();
        equal(await two.get('k'), name === 'add' ? 1 : undefined, name);
        await two.delete('k');
      }
    },
  ],
  'gives-back': [
    'A load that fails, or whose value is not to be kept or cannot be, frees the right to load at once.',
    'bytes',
    async (bench) => {
      const written = new Written(bench);
      const one = bench.cache({ adapter: written.adapter });
      const [two] = fleet(bench);
      const error = new Error('the source is down');
      const failing: (() => Promise<unknown>)[] = [
        () => one.getOrSet('k', () => Promise.reject(error)),
        () => one.getOrSet('k', () => undefined),
        () => one.getOrSet('k', ({ setTtl }) => setTtl(-1)),
        () => one.getOrSet('k', ({ setTags }) => setTags(['']) ?? 1),
      ];
      for (const stale of [false, true]) {
        for (const [index, call] of failing.entries()) {
          if (stale) await staleAt(two, 'k');
          await call().catch(() => undefined);
          await turns(5);
          const left = [...(await written.there('l')), ...(await written.there('v'))];
          equal(left.length, stale ? 1 : 0, `a lease is left by ${index}`);
          equal(await two.getOrSet('k', () => 'new'), 'new');
          await two.delete('k');
        }
        if (stale) continue;
        equal(await one.getOrSet('k', ({ dontStore }) => dontStore() ?? 1), 1);
        equal(await one.getOrSet('k', () => null, { nullTtl: false }), null);
        await turns(5);
        deepEqual(await written.there('v'), [], 'a lease is left');
      }
      await rejectsWith(
        error,
        one.getOrSet('k', () => Promise.reject(error)),
      );
      equal(await two.getOrSet('k', () => 'new'), 'new');
      equal(two.stats().loads, 9);
    },
  ],
  closes: [
    'A cache that is closed while it loads gives the right to load back at once, and whoever waits for it in this process over the same adapter loads.',
    'bytes',
    async (bench) => {
      const [one, two] = fleet(bench);
      const first = await loading(one, 'old');
      const second = two.getOrSet('k', () => 'new');
      await pause(30);
      await one.close();
      equal(await within(bench.patienceMs, 'whoever waits', second), 'new');
      await rejection('CLOSED', 'getOrSet', () => first.call);
      const [three, four] = [bench.cache(), bench.cache()];
      await loading(three, 'old', { key: 'other' });
      const joined = four.getOrSet('other', () => 'new');
      await turns();
      await three.close();
      equal(await joined, 'new');
    },
  ],
  'stale-readable': [
    'While one process loads, the stale value stays readable in all: by lookup, and for a caller who does not wait longer.',
    'bytes',
    async (bench) => {
      const [one, two] = fleet(bench);
      await staleAt(one, 'k');
      const first = await loading(one, 'new');
      const found = await two.lookup('k');
      deepEqual([found.state, found.state === 'stale' && found.value], ['stale', 'stale']);
      equal(await two.getOrSet('k', () => 'other', { softTimeout: 30 }), 'stale');
      equal(two.stats().loads, 0);
      await first.finish();
      await until(LATE_MS, 'the value', async () => (await two.get('k')) === 'new');
    },
  ],
  refresh: [
    'refresh waits for nobody, and what it brought is what stays, whatever another process began to load before.',
    'bytes',
    async (bench) => {
      for (const key of ['absent', 'stale']) {
        const [one, two] = fleet(bench);
        if (key === 'stale') await staleAt(two, key);
        const first = await loading(one, 'old', { key });
        const gate = new Gate();
        const second = two.refresh(key, async () => {
          await gate.pass();
          return 'new';
        });
        await Promise.race([gate.arrived(), second]);
        await first.finish();
        gate.open();
        equal(await second, 'new');
        for (const cache of [one, two]) equal(await cache.get(key), 'new', key);
      }
    },
  ],
  behind: [
    'A refresh behind a hit is begun by one process; a caller who comes to wait for it meanwhile gets a value.',
    'bytes',
    async (bench) => {
      const [one, two] = fleet(bench);
      const options = { ttl: 20_000, refreshAt: 0.5 };
      const gate = new Gate();
      const loader = async (): Promise<string> => {
        await gate.pass();
        return 'new';
      };
      await one.set('k', 'old', options);
      bench.clock.advance(12_000);
      equal(await one.getOrSet('k', loader, options), 'old');
      await within(bench.patienceMs, 'the refresh', gate.arrived());
      equal(await two.getOrSet('k', loader, options), 'old');
      await one.delete('k');
      equal(
        await within(
          LATE_MS,
          'getOrSet',
          two.getOrSet('k', () => 'third'),
        ),
        'third',
      );
      gate.open();
      await turns(5);
      equal(two.stats().loads, 1);
      equal(await two.get('k'), 'third');
    },
  ],
  peer: [
    'Caches over different adapters of one server load a key once, and overtake one another’s loads.',
    'peer',
    'bytes',
    async (bench) => {
      const [one, two] = [bench.cache(), bench.cache({ adapter: await bench.peer() })];
      for (const [holder, other] of [
        [one, two],
        [two, one],
      ] as const) {
        const first = await loading(holder, 'first');
        const second = other.getOrSet('k', () => 'second');
        await pause(30);
        await first.finish();
        equal(await second, 'first');
        for (const [name, invalidate] of INVALIDATIONS) {
          await one.delete('k');
          const overtaken = await loading(holder, 'old', { tags: ['t'] });
          await invalidate(other);
          await overtaken.finish();
          for (const cache of [one, two]) notOld(await cache.get('k'), name);
        }
        await one.delete('k');
      }
    },
  ],
});
