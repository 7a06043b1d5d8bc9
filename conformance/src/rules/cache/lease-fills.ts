import { deepEqual, equal } from 'node:assert/strict';
import { Gate } from '../../faults/gate.ts';
import { LEASE_MS } from '../../kit/cache-bench.ts';
import { turns, until, within } from '../../kit/check.ts';
import { fleet } from '../../kit/fleet.ts';
import { loading } from '../../kit/loading.ts';
import { Mortal } from '../../kit/mortal.ts';
import { INVALIDATIONS, notOld } from '../../kit/overtaking.ts';
import { staleAt } from '../../kit/stale.ts';
import { waitingCache } from '../../kit/waiting.ts';
import { withParts } from '../../kit/wrap.ts';
import { isLease, KIND, Written } from '../../kit/written.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;
const LATE_MS = 8000;

/** What becomes of the value that the holder of a lease brings. */
export const leaseFills: readonly CacheRule[] = group('cache/leases', {
  'late-fill': [
    'A holder that has lost its lease to another one does not keep its value, neither where nothing was nor over a stale value.',
    'bytes',
    async (bench) => {
      for (const key of ['absent', 'stale']) {
        const mortal = new Mortal(bench.adapter);
        const one = bench.cache({ adapter: mortal.adapter });
        const { cache: two, waits } = waitingCache(bench);
        if (key === 'stale') await staleAt(two, key);
        const first = await loading(one, 'old', { key });
        mortal.fails = { kind: KIND.lease, effect: 'lost' };
        const gate = new Gate();
        const { call: second } = await waits(() => {
          return two.getOrSet(key, async () => {
            await gate.pass();
            return 'new';
          });
        });
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
              return write !== undefined && isLease(write) && answer.ok
                ? { ok: true, value: { written: false } }
                : answer;
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
});
