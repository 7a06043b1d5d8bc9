import { equal, ok } from 'node:assert/strict';
import type { Counters } from '@cache/core';
import { type Bench, TEN_MINUTES } from '../../kit/bench.ts';
import { type AdapterRule, group } from '../../rule.ts';

/** A server that loses what it had acknowledged. */
export const loss: readonly AdapterRule[] = group('loss', {
  lost: [
    'What the server has lost is absent: it reads as undefined, touch and remove answer false, `present` and its version are refused, `absent` writes.',
    'lose',
    async (bench) => {
      const [key, written] = bench.keys(2) as [string, string];
      const version = await bench.put(key);
      ok((await bench.read(key)) !== undefined);
      await lose(bench, key);
      equal(await bench.read(key), undefined);
      equal(await bench.touch(key, TEN_MINUTES), false);
      equal((await bench.write(key, bench.payload(), 'present')).written, false);
      equal((await bench.write(key, bench.payload(), { version })).written, false);
      equal(await bench.remove(key, { version }), false);
      equal(await bench.remove(key), false);
      equal(await bench.read(key), undefined);
      await bench.put(written);
      await lose(bench, written);
      const payload = bench.payload('new');
      equal((await bench.write(written, payload, 'absent')).written, true);
      await bench.holds(written, payload);
    },
  ],
  version: [
    'A version does not come back when the server loses its key and it is written again.',
    'lose',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload();
      for (let writes = 1; writes <= 3; writes += 1) {
        let version = await bench.put(key, payload);
        for (let again = 1; again < writes; again += 1) version = await bench.put(key, payload);
        await lose(bench, key);
        for (let again = 0; again < writes; again += 1) {
          await bench.put(key, bench.payload('new'));
          equal((await bench.write(key, payload, { version })).written, false, 'a version came back');
          equal(await bench.remove(key, { version }), false);
        }
      }
    },
  ],
  counter: [
    'A counter that the server has lost is made anew, and one that went back counts on from what the server has.',
    'lose',
    'snapshot',
    'counters',
    async (bench) => {
      const key = bench.key();
      equal(await add(bench, key), 1n);
      const restore = await snapshot(bench);
      equal(await add(bench, key), 2n);
      await restore();
      equal(await add(bench, key), 2n);
      await lose(bench, key);
      equal(await add(bench, key), 1n);
    },
  ],
  restored: [
    'When the server has gone back to an earlier state, the adapter answers by that: what was written since is as if it had never been, what was replaced or removed since is there again with its version and its life.',
    'snapshot',
    async (bench) => {
      const [replaced, removed, made, ended] = bench.keys(4) as [string, string, string, string];
      const [old, young] = [bench.payload('old'), bench.payload('new')];
      await bench.put(replaced, old);
      const version = await bench.put(removed, old);
      await bench.put(ended, old, null);
      const restore = await snapshot(bench);
      await bench.put(replaced, young);
      await bench.remove(removed);
      await bench.put(made, young);
      await bench.put(ended, young, TEN_MINUTES);
      await restore();
      await bench.holds(replaced, old);
      await bench.holds(removed, old);
      equal(await bench.read(made), undefined);
      equal((await bench.write(made, young, 'present')).written, false);
      equal(await bench.remove(removed, { version: (await bench.read(removed))?.version ?? version }), true);
      equal((await bench.write(made, young, 'absent')).written, true);
      await bench.lives(ended, null);
    },
  ],
  'restored-version': [
    'The version of a write that was lost when the server went back holds for nothing that is written afterwards.',
    'snapshot',
    async (bench) => {
      const [there, absent] = bench.keys(2) as [string, string];
      await bench.put(there);
      const restore = await snapshot(bench);
      const payload = bench.payload('lost');
      const lost = [
        [there, await bench.put(there, payload)],
        [absent, await bench.put(absent, payload)],
      ] as const;
      await restore();
      for (const [key, version] of lost) {
        const why = `under ${key} the version of a lost write holds`;
        equal((await bench.write(key, payload, { version })).written, false, why);
        for (let writes = 0; writes < 3; writes += 1) {
          await bench.put(key, bench.payload('after'));
          equal((await bench.write(key, payload, { version })).written, false, why);
          equal(await bench.touch(key, TEN_MINUTES, { version }), false, why);
          equal(await bench.remove(key, { version }), false, why);
        }
      }
    },
  ],
});

async function lose(bench: Bench, key: string): Promise<void> {
  await bench.opened.lose?.(key);
}

async function snapshot(bench: Bench): Promise<() => Promise<void>> {
  const restore = await bench.opened.snapshot?.();
  ok(restore !== undefined, 'the harness took no snapshot');
  return restore;
}

async function add(bench: Bench, key: string): Promise<bigint> {
  const counters = bench.adapter.counters as Counters;
  const addition = { key, by: 1n, initial: 0n, ttlMs: TEN_MINUTES };
  return await bench.one<bigint>('add', counters.add([addition], bench.call()));
}
