import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Counters, Outcome, Scan } from '@cache/core';
import { type Bench, TEN_MINUTES } from '../../kit/bench.ts';
import { floatsOf, valueIn } from '../../kit/check.ts';
import { type AdapterRule, group } from '../../rule.ts';

/** Two adapters of one server. */
export const peer: readonly AdapterRule[] = group('peer', {
  reads: [
    'What one adapter writes, another adapter of the same server reads, byte by byte, and overwrites.',
    'peer',
    async (bench) => {
      for (const [one, two] of await bothWays(bench)) {
        for (const size of [0, 1, 512, Math.min(70_000, bench.adapter.limits.maxValueBytes - 16)]) {
          const key = bench.key();
          const payload = bench.payload(Uint8Array.from({ length: size }, (_, i) => (i * 7) % 256));
          await one.put(key, payload);
          await two.holds(key, payload);
          const other = bench.payload('other');
          await two.put(key, other);
          await one.holds(key, other);
        }
      }
    },
  ],
  versions: [
    'A write by the version that an adapter read is carried out, whoever had written that; every version of before is void for both.',
    'peer',
    async (bench) => {
      for (const [one, two] of await bothWays(bench)) {
        const key = bench.key();
        const first = await one.put(key);
        const version = (await two.read(key))?.version;
        ok(version !== undefined, 'nothing was read');
        const second = bench.payload('second');
        equal((await two.write(key, second, { version })).written, true);
        equal((await two.write(key, bench.payload('third'), { version })).written, false);
        equal((await one.write(key, bench.payload('third'), { version: first })).written, false);
        equal(await one.remove(key, { version: first }), false);
        await one.holds(key, second);
      }
    },
  ],
  conditions: [
    '`absent`, `present`, remove and touch see what another adapter has done.',
    'peer',
    async (bench) => {
      for (const [one, two] of await bothWays(bench)) {
        const key = bench.key();
        equal((await two.write(key, bench.payload(), 'present')).written, false);
        await one.put(key);
        equal((await two.write(key, bench.payload(), 'absent')).written, false);
        equal((await two.write(key, bench.payload(), 'present')).written, true);
        equal(await one.touch(key, TEN_MINUTES), true);
        equal(await one.remove(key), true);
        equal(await two.touch(key, TEN_MINUTES), false);
        equal(await two.remove(key), false);
        equal((await two.write(key, bench.payload(), 'absent')).written, true);
      }
    },
  ],
  life: [
    'A life that one adapter gave is the life that another tells of, and may change.',
    'peer',
    'expiry',
    async (bench) => {
      for (const [one, two] of await bothWays(bench)) {
        const key = bench.key();
        const left = async (of: Bench): Promise<number | null> => {
          const expiry = of.adapter.expiry;
          ok(expiry !== undefined, 'the peer has no facet expiry');
          return await of.one<number | null>('remaining', expiry.remaining([key], of.call()));
        };
        await one.put(key, bench.payload(), TEN_MINUTES);
        const ms = await left(two);
        ok(ms !== null && ms > TEN_MINUTES / 2 && ms <= TEN_MINUTES, `${ms} ms are left`);
        await two.touch(key, null);
        equal(await left(one), null);
        await one.remove(key);
      }
    },
  ],
  counters: [
    'A counter that one adapter made, another counts on, exactly.',
    'peer',
    'counters',
    async (bench) => {
      for (const [one, two] of await bothWays(bench)) {
        const key = bench.key();
        const add = async (of: Bench, by: bigint): Promise<bigint> => {
          const counters = of.adapter.counters as Counters;
          const addition = { key, by, initial: 0n, ttlMs: TEN_MINUTES };
          return await of.one<bigint>('add', counters.add([addition], of.call()));
        };
        equal(await add(one, 2n ** 62n), 2n ** 62n);
        equal(await add(two, 2n ** 62n - 1n), 2n ** 63n - 1n);
        equal(await add(one, -(2n ** 63n) + 1n), 0n);
        equal(await add(two, -5n), -5n);
        const float = bench.key();
        const answers: Outcome<number>[] = [];
        for (const of of [one, two]) {
          const addition = { key: float, by: 0.25, initial: 0.5, ttlMs: TEN_MINUTES };
          answers.push(...((await floatsOf(of.adapter.counters)?.addFloat([addition], of.call())) ?? []));
        }
        deepEqual(
          answers.map((answer) => valueIn(answer, 'addFloat')).slice(-1),
          answers.length === 2 ? [1] : [],
        );
      }
    },
  ],
  scan: [
    'A scan finds what another adapter wrote.',
    'peer',
    'scan',
    async (bench) => {
      const [[one, two]] = (await bothWays(bench)) as [[Bench, Bench]];
      const keys = bench.keys(5, 'found:');
      for (const key of keys) await two.put(key);
      const scan = one.adapter.scan as Scan;
      const found = new Set<string>();
      let cursor: string | undefined;
      do {
        const match = { prefix: `${bench.prefix}found:` };
        const page = valueIn(await scan.page(match, cursor, 1000, one.call()), 'page');
        for (const key of page.keys) found.add(key);
        cursor = page.next;
      } while (cursor !== undefined);
      deepEqual([...found].sort(), [...keys].sort());
    },
  ],
});

/** The bench and its peer, each of them as the first. */
async function bothWays(bench: Bench): Promise<[Bench, Bench][]> {
  const other = await bench.other();
  return [
    [bench, other],
    [other, bench],
  ];
}
