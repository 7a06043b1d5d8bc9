import { deepEqual, equal, ok } from 'node:assert/strict';
import { systemClock } from '@cache/core';
import { Gate } from '../../faults/gate.ts';
import { rejection, type TestCache } from '../../kit/cache-bench.ts';
import { listed } from '../../kit/cache-methods.ts';
import { rejectsWith, turns, until, within } from '../../kit/check.ts';
import { fleet } from '../../kit/fleet.ts';
import { loading } from '../../kit/loading.ts';
import { Mortal } from '../../kit/mortal.ts';
import { withParts } from '../../kit/wrap.ts';
import { KIND, kindOf, Written } from '../../kit/written.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;
const LEASE_MS = 2000;
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
        const [two] = fleet(bench);
        if (key === 'stale') await staleAt(two, key);
        await loading(one, 'old', { key });
        mortal.dead = true;
        let loads = 0;
        const call = two.getOrSet(key, () => {
          loads += 1;
          return 'new';
        });
        await pause(50);
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
  'late-fill': [
    'A holder that has lost its lease to another one does not keep its value, neither where nothing was nor over a stale value.',
    'bytes',
    async (bench) => {
      for (const key of ['absent', 'stale']) {
        const mortal = new Mortal(bench.adapter);
        const one = bench.cache({ adapter: mortal.adapter });
        const [two] = fleet(bench);
        if (key === 'stale') await staleAt(two, key);
        const first = await loading(one, 'old', { key });
        mortal.fails = { kind: KIND.lease, effect: 'lost' };
        const gate = new Gate();
        const second = two.getOrSet(key, async () => {
          await gate.pass();
          return 'new';
        });
        await pause(50);
        bench.clock.advance(LEASE_MS + 100);
        await Promise.race([gate.arrived(), second]);
        equal(await first.finish(), 'old');
        equal(await two.get(key), undefined, `${key}: the late value was kept`);
        gate.open();
        equal(await second, 'new');
        equal(await one.get(key), 'new');
      }
    },
  ],
  renews: [
    'A holder renews its lease: a load that takes longer than the lease is the only one.',
    'bytes',
    async (bench) => {
      const [one, two] = fleet(bench, 2, { clock: systemClock, lease: 300 });
      for (const key of ['absent', 'stale']) {
        if (key === 'stale') await staleAt(one, key);
        const first = await loading(one, 'first', { key });
        const second = two.getOrSet(key, () => 'second');
        await pause(1000);
        equal(two.stats().loads, 0, `${key}: another one loaded`);
        equal(await first.finish(), 'first');
        equal(await second, 'first');
      }
    },
  ],
  overtaken: [
    'What another process invalidates or writes during a load stays so: the value is not kept, and no later caller gets it, in any process.',
    'bytes',
    async (bench) => {
      for (const [name, invalidate] of INVALIDATIONS) {
        const [one, two] = fleet(bench);
        const first = await loading(one, 'old', { tags: ['t'], grace: HOUR });
        await invalidate(two);
        const joined = one.getOrSet('k', () => 'new', { tags: ['t'] });
        equal(await first.finish(), 'old');
        notOld(await joined, name);
        for (const cache of [one, two]) {
          notOld(await cache.get('k'), name);
          notOld(await cache.getOrSet('k', () => 'new'), name);
        }
        await one.delete('k');
      }
    },
  ],
  'overtaken-stale': [
    'The same for a load that is to replace a stale value.',
    'bytes',
    async (bench) => {
      for (const [name, invalidate] of INVALIDATIONS) {
        const [one, two] = fleet(bench);
        await one.set('k', 'before', { tags: ['t'], grace: HOUR });
        await one.expire('k');
        const first = await loading(one, 'old', { tags: ['t'], grace: HOUR });
        equal((await two.lookup('k')).state, 'stale');
        await invalidate(two);
        const joined = one.getOrSet('k', () => 'new', { tags: ['t'] });
        equal(await first.finish(), 'old');
        notOld(await joined, name);
        for (const cache of [one, two]) {
          notOld(await cache.get('k'), name);
          notOld(await cache.getOrSet('k', () => 'new'), name);
        }
        await one.delete('k');
      }
    },
  ],
  'loads-anew': [
    'After an invalidation by another process nobody waits for the load that it overtook.',
    'bytes',
    async (bench) => {
      for (const [name, invalidate] of INVALIDATIONS) {
        if (/set|add|ByTag/i.test(name)) continue;
        const [one, two, three] = fleet(bench, 3);
        const first = await loading(one, 'old');
        await invalidate(two);
        equal(await two.getOrSet('k', () => 'new'), 'new', name);
        equal(await three?.get('k'), 'new', name);
        await first.finish();
        equal(await three?.get('k'), 'new', name);
        await one.delete('k');
      }
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
  refused: [
    'A load whose fill is refused takes its own lease away, and no other.',
    'bytes',
    async (bench) => {
      const written = new Written(bench);
      const one = bench.cache({ adapter: written.adapter });
      const [two] = fleet(bench);
      const first = await loading(one, 'old', { notes: ({ setTags }) => setTags(['t']) });
      await two.set('other', 1, { tags: ['t'] });
      await two.deleteByTag('t');
      await first.finish();
      await turns(5);
      deepEqual(await written.there('v'), [], 'a lease is left');
      equal(await two.getOrSet('k', () => 'new'), 'new');
      await two.delete('k');

      const again = await loading(one, 'old');
      await one.delete('k');
      const others = await loading(two, 'new');
      await again.finish();
      await turns(5);
      equal((await written.there('v')).length, 1, 'it took the lease of another one away');
      equal(await others.finish(), 'new');
      equal(await one.get('k'), 'new');
    },
  ],
  'unknown-done': [
    'A lease that was written although the answer was lost is held: the value is kept, and nobody waits for it afterwards.',
    'bytes',
    async (bench) => {
      for (const key of ['absent', 'stale']) {
        const mortal = new Mortal(bench.adapter);
        const one = bench.cache({ adapter: mortal.adapter });
        const [two] = fleet(bench);
        if (key === 'stale') await staleAt(two, key);
        mortal.fails = { kind: KIND.lease, effect: 'done' };
        equal(await one.getOrSet(key, () => 1), 1);
        equal(await two.getOrSet(key, () => 2), 1);
      }
    },
  ],
  'unknown-lost': [
    'A lease that may have been written, but is not there, lets the loader run; its value is not kept.',
    'bytes',
    async (bench) => {
      for (const key of ['absent', 'stale']) {
        const mortal = new Mortal(bench.adapter);
        const one = bench.cache({ adapter: mortal.adapter });
        const [two] = fleet(bench);
        if (key === 'stale') await staleAt(two, key);
        mortal.fails = { kind: KIND.lease, effect: 'lost' };
        equal(await one.getOrSet(key, () => 1), 1);
        equal(await two.getOrSet(key, () => 2), 2);
      }
    },
  ],
  'refused-done': [
    'Where the store says that it refused the right to load, and nevertheless took it, the loader runs after some attempts, once, and its value is not kept.',
    'bytes',
    async (bench) => {
      const one = bench.cache({
        adapter: withParts(bench.adapter, {
          async write(writes, call) {
            const answers = await bench.adapter.write(writes, call);
            return answers.map((answer, i) => {
              const write = writes[i];
              const isLease = write !== undefined && kindOf(write) === KIND.lease;
              return isLease && answer.ok ? { ok: true, value: { written: false } } : answer;
            });
          },
        }),
      });
      let loads = 0;
      const call = one.getOrSet('k', () => {
        loads += 1;
        return 'v';
      });
      const passing = setInterval(() => bench.clock.advance(LEASE_MS), 50);
      try {
        equal(await within(bench.patienceMs, 'getOrSet', call), 'v');
      } finally {
        clearInterval(passing);
      }
      equal(loads, 1);
      equal(await one.get('k'), undefined);
    },
  ],
  'tags-fail': [
    'A load whose tags cannot be marked before it begins brings its value without keeping it, and leaves no lease.',
    'bytes',
    async (bench) => {
      const mortal = new Mortal(bench.adapter);
      const one = bench.cache({ adapter: mortal.adapter });
      const [two] = fleet(bench);
      mortal.fails = { kind: KIND.marker, effect: 'lost' };
      equal(await one.getOrSet('k', () => 1, { tags: ['t'] }), 1);
      equal(await two.getOrSet('k', () => 2), 2);
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
  epoch: [
    'A lease from before a clear counts for nobody: the key is loaded at once, and the fill of its holder is not kept.',
    'bytes',
    async (bench) => {
      const [one, two] = fleet(bench);
      const first = await loading(one, 'old');
      await two.clear();
      equal(await two.getOrSet('k', () => 'new'), 'new');
      await first.finish();
      for (const cache of [one, two]) equal(await cache.get('k'), 'new');
    },
  ],
  sliding: [
    'The renewal of a sliding entry never lengthens a lease that took its place.',
    'bytes',
    async (bench) => {
      const gate = new Gate();
      const renewed: unknown[] = [];
      const one = bench.cache({
        adapter: withParts(bench.adapter, {
          async touch(touches, call) {
            await gate.pass();
            const answers = await bench.adapter.touch(touches, call);
            renewed.push(...answers.map((answer) => answer.ok && answer.value));
            return answers;
          },
        }),
      });
      const [two] = fleet(bench);
      await two.set('k', 1, { sliding: HOUR });
      equal(await one.get('k'), 1);
      await within(bench.patienceMs, 'the renewal', gate.arrived());
      await two.delete('k');
      const load = await loading(two, 'new');
      gate.open();
      await until(LATE_MS, 'the renewal', () => renewed.length > 0);
      deepEqual(renewed, [false]);
      equal(await load.finish(), 'new');
      equal(await one.get('k'), 'new');
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
      const options = { ttl: 1000, refreshAt: 0.5 };
      const gate = new Gate();
      const loader = async (): Promise<string> => {
        await gate.pass();
        return 'new';
      };
      await one.set('k', 'old', options);
      bench.clock.advance(600);
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

/** What overtakes a load of `k`, which has the tag `t`. */
const INVALIDATIONS: readonly (readonly [string, (cache: TestCache) => Promise<unknown>])[] = [
  ['delete', (cache) => cache.delete('k')],
  ['deleteMany', (cache) => cache.deleteMany(['x', 'k'])],
  ['set', (cache) => cache.set('k', 'written')],
  ['setMany', (cache) => cache.setMany([['k', 'written']])],
  ['expire', (cache) => cache.expire('k')],
  ['expireMany', (cache) => cache.expireMany(['k'])],
  ['expireByTag', (cache) => cache.expireByTag('t')],
  ['deleteByTag', (cache) => cache.deleteByTag(['t'])],
  ['clear', (cache) => cache.clear()],
  ['invalidating', (cache) => cache.invalidating(['k'], () => 1)],
  ['add', (cache) => cache.add('k', 'written')],
  ['getAndSet', (cache) => cache.getAndSet('k', 'written')],
];

function notOld(value: unknown, name: string): void {
  ok(value !== 'old', `${name}: the overtaken value was kept or handed out`);
}

/** Puts a stale value in place. */
async function staleAt(cache: TestCache, key: string): Promise<void> {
  await cache.set(key, 'stale', { grace: HOUR });
  await cache.expire(key);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
