import { deepEqual, equal } from 'node:assert/strict';
import { FakeClock } from '../../fake-clock.ts';
import { Gate } from '../../faults/gate.ts';
import { turns } from '../../kit/check.ts';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

/** Orders of events that once broke a guarantee, in one cache or in two over one store. */
export const interleavings: readonly CacheRule[] = group('cache/interleavings', {
  steps: [
    'What takes several steps (expire, touch, getAndSet, add) takes effect before what is called on its key after it, without waiting.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 'old', { ttl: HOUR });
      await Promise.all([cache.expire('k'), cache.set('k', 'new')]);
      equal(await cache.get('k'), 'new');
      await Promise.all([cache.touch('k', { ttl: 2 * HOUR }), cache.set('k', 'newer', { ttl: HOUR })]);
      equal(await cache.ttl('k'), HOUR);
      const [before] = await Promise.all([cache.getAndSet('k', '1st'), cache.set('k', '2nd')]);
      deepEqual([before, await cache.get('k')], ['newer', '2nd']);
      const [, there] = await Promise.all([cache.getAndSet('k', '3rd'), cache.delete('k')]);
      deepEqual([there, await cache.get('k')], [true, undefined]);
      deepEqual(await Promise.all([cache.add('k', 1), cache.set('k', 2), cache.get('k')]), [
        true,
        undefined,
        2,
      ]);
    },
  ],
  'add-after-clear': [
    'Of two adds of one key in two caches one succeeds, also when one of the caches has not seen that the other cleared.',
    async (bench) => {
      const gate = new Gate();
      let armed = false;
      const write: typeof bench.adapter.write = async (writes, call) => {
        if (armed && writes.some(({ when }) => typeof when === 'object')) {
          armed = false;
          await gate.pass();
        }
        return await bench.adapter.write(writes, call);
      };
      const [one, two] = [bench.cache({ adapter: withParts(bench.adapter, { write }) }), bench.cache()];
      await one.set('x', 1);
      await two.clear();
      armed = true;
      const first = one.add('lock', 'one');
      await Promise.race([gate.arrived(), first]);
      const second = await two.add('lock', 'two');
      gate.open();
      deepEqual(
        [await first, second, await one.get('lock')].sort(),
        [false, true, second ? 'two' : 'one'].sort(),
      );
    },
  ],
  'fill-after-delete': [
    'A value that one cache began to load before another cache over the same adapter deleted its key is not kept.',
    async (bench) => {
      const [one, two] = [bench.cache(), bench.cache()];
      const gate = new Gate();
      const first = one.getOrSet('k', async () => {
        await gate.pass();
        return 'old';
      });
      await Promise.race([gate.arrived(), first]);
      await two.delete('k');
      gate.open();
      await first;
      equal(await one.getOrSet('k', () => 'new'), 'new');
      equal(await two.get('k'), 'new');
    },
  ],
  'fill-waits': [
    'Nor is a value kept that was loaded and waits to be handed over while another cache over the same adapter deletes its key.',
    async (bench) => {
      const [slow, loaded] = [new Gate(), new Gate()];
      let armed = false;
      const read: typeof bench.adapter.read = async (keys, call) => {
        if (armed) {
          armed = false;
          await slow.pass();
        }
        return await bench.adapter.read(keys, call);
      };
      const adapter = withParts(bench.adapter, { read });
      const [one, two] = [bench.cache({ adapter, maxConcurrency: 1 }), bench.cache({ adapter })];
      await one.set('busy', 1);
      const loading = one.getOrSet('k', async () => {
        await loaded.pass();
        return 'old';
      });
      await loaded.arrived();
      armed = true;
      const busy = one.get('busy');
      await slow.arrived();
      loaded.open();
      await turns();
      await two.delete('k');
      slow.open();
      await Promise.all([loading, busy]);
      equal(await two.get('k'), undefined);
    },
  ],
  'expire-after-clear': [
    'An expire takes effect after a set that was called before it, not awaited, also where another cache has cleared unseen.',
    async (bench) => {
      const [one, two] = [bench.cache(), bench.cache()];
      await one.set('k', 'old');
      await one.getMany(['k']);
      await two.clear();
      await Promise.all([one.set('k', 'new'), one.expire('k')]);
      equal(await one.get('k'), undefined);
      equal(await two.get('k'), undefined);
    },
  ],
  'kept-before-call': [
    'A caller does not get a value that was kept and deleted again before its call, though the load that brought it has not returned yet.',
    async (bench) => {
      const gate = new Gate();
      let armed = false;
      const write: typeof bench.adapter.write = async (writes, call) => {
        const answer = await bench.adapter.write(writes, call);
        if (armed) {
          armed = false;
          await gate.pass();
        }
        return answer;
      };
      const [one, two] = [bench.cache({ adapter: withParts(bench.adapter, { write }) }), bench.cache()];
      await one.set('k', 1);
      await one.delete('k');
      const first = one.getOrSet('k', () => {
        armed = true;
        return 'old';
      });
      await Promise.race([gate.arrived(), first]);
      await two.delete('k');
      const second = one.getOrSet('k', () => 'new');
      equal(await one.get('k'), undefined);
      gate.open();
      deepEqual([await first, await second], ['old', 'new']);
    },
  ],
  'clock-behind': [
    'After expire has resolved, no cache returns the value, not even one whose clock is behind.',
    async (bench) => {
      const one = bench.cache();
      const two = bench.cache({ clock: new FakeClock(bench.clock.now() - HOUR / 2) });
      await one.set('k', 1, { ttl: HOUR, grace: HOUR });
      equal(await two.get('k'), 1);
      equal(await one.expire('k'), true);
      equal(await two.get('k'), undefined);
      equal((await two.lookup('k')).state, 'stale');
    },
  ],
  'touch-after-clear': [
    'A touch or expire that another cache’s clear overtakes does not bring the entry back.',
    async (bench) => {
      for (const call of ['touch', 'expire'] as const) {
        const gate = new Gate();
        let armed = false;
        // What was read is held back, so that the clear comes between the steps.
        const read: typeof bench.adapter.read = async (keys, inner) => {
          const answer = await bench.adapter.read(keys, inner);
          if (armed) {
            armed = false;
            await gate.pass();
          }
          return answer;
        };
        const [one, two] = [bench.cache({ adapter: withParts(bench.adapter, { read }) }), bench.cache()];
        await one.set(call, 1, { ttl: HOUR, grace: HOUR });
        armed = true;
        const running = one[call](call);
        await Promise.race([gate.arrived(), running]);
        await two.clear();
        gate.open();
        await running;
        for (const cache of [one, two]) equal((await cache.lookup(call)).state, 'miss', call);
      }
    },
  ],
});
