import { deepEqual, equal } from 'node:assert/strict';
import type { CounterAdd, Counters, FloatCounters } from '@cache/core';
import { type Bench, TEN_MINUTES } from '../../kit/bench.ts';
import { failureOf, valueIn } from '../../kit/check.ts';
import { type AdapterRule, group } from '../../rule.ts';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

export const counters: readonly AdapterRule[] = group('counters', {
  creates: [
    'The first addition makes the counter: it holds its initial value and the amount.',
    'counters',
    async (bench) => {
      equal(await add(bench, bench.key(), 5n), 5n);
      equal(await add(bench, bench.key(), 5n, 100n), 105n);
      equal(await add(bench, bench.key(), -5n, -100n), -105n);
    },
  ],
  adds: [
    'Each further addition adds to what is there and ignores the initial value; amounts may be negative or 0.',
    'counters',
    async (bench) => {
      const key = bench.key();
      await add(bench, key, 5n);
      equal(await add(bench, key, 3n, 1000n), 8n);
      equal(await add(bench, key, -10n), -2n);
      equal(await add(bench, key, 0n), -2n);
    },
  ],
  exact: [
    'Counters are exact over the whole signed 64-bit range.',
    'counters',
    async (bench) => {
      const key = bench.key();
      equal(await add(bench, key, 1n, 2n ** 53n), 2n ** 53n + 1n);
      equal(await add(bench, key, 2n), 2n ** 53n + 3n);
      const highest = bench.key();
      equal(await add(bench, highest, 1n, MAX - 1n), MAX);
      const lowest = bench.key();
      equal(await add(bench, lowest, -MAX), -MAX);
      equal(await add(bench, lowest, -1n), MIN);
      equal(await add(bench, lowest, MAX), -1n);
    },
  ],
  overflow: [
    'An addition that would leave the signed 64-bit range fails with OUT_OF_RANGE, not applied, and changes nothing.',
    'counters',
    async (bench) => {
      for (const [start, by] of [
        [MAX, 1n],
        [MIN + 1n, -2n],
        [MAX - 5n, MAX],
      ] as const) {
        const key = bench.key();
        await add(bench, key, 0n, start);
        await refused(bench, { key, by, initial: 0n, ttlMs: TEN_MINUTES }, 'OUT_OF_RANGE');
        equal(await add(bench, key, 0n), start);
      }
    },
  ],
  'overflow-creates': [
    'A first addition that would leave the range fails with OUT_OF_RANGE and makes nothing.',
    'counters',
    async (bench) => {
      const key = bench.key();
      await refused(bench, { key, by: 1n, initial: MAX, ttlMs: TEN_MINUTES }, 'OUT_OF_RANGE');
      equal(await add(bench, key, 1n, 5n), 6n, 'the refused addition left a counter');
    },
  ],
  race: [
    'Additions at the same time all count, and no two of them answer the same value.',
    'counters',
    async (bench) => {
      const key = bench.key();
      const answers = await Promise.all(Array.from({ length: 100 }, () => add(bench, key, 1n)));
      deepEqual(
        [...answers].sort(byValue),
        Array.from({ length: 100 }, (_, i) => BigInt(i + 1)),
      );
    },
  ],
  batch: [
    'Additions to one counter in a batch are made in order, and each answers the value after it.',
    'counters',
    async (bench) => {
      const [key, other] = bench.keys(2) as [string, string];
      const additions = [
        [key, 1n],
        [other, 10n],
        [key, 2n],
        [key, -4n],
      ] as const;
      const items = additions.map(([k, by]) => ({ key: k, by, initial: 0n, ttlMs: TEN_MINUTES }));
      deepEqual(await bench.all('add', 4, facet(bench).add(items, bench.call())), [1n, 10n, 3n, -1n]);
    },
  ],
  alone: [
    'An addition that fails keeps no other addition of its batch from being made.',
    'counters',
    async (bench) => {
      const [one, full, three] = bench.keys(3) as [string, string, string];
      await add(bench, full, 0n, MAX);
      const items = [one, full, three].map((key) => ({ key, by: 1n, initial: 0n, ttlMs: TEN_MINUTES }));
      const outcomes = await facet(bench).add(items, bench.call());
      equal(valueIn(outcomes[0], 'the first addition'), 1n);
      failureOf(outcomes[1], 'the second addition');
      equal(valueIn(outcomes[2], 'the third addition'), 1n);
    },
  ],
  ttl: [
    'A counter lives from its creation: no addition renews or replaces its life.',
    'counters',
    'life',
    async (bench) => {
      const key = bench.key();
      await add(bench, key, 1n, 0n, 3_600_000);
      if (bench.advances) await bench.advance(1_800_000);
      await add(bench, key, 1n, 0n, 36_000_000);
      const left = bench.advances ? 1_800_000 : 3_600_000;
      await bench.lives(key, left);
    },
  ],
  'no-end': [
    'A counter that was made without expiry has no end, whatever later additions say.',
    'counters',
    'life',
    async (bench) => {
      const key = bench.key();
      await add(bench, key, 1n, 0n, null);
      await add(bench, key, 1n, 0n, 3_600_000);
      await bench.lives(key, null);
      await bench.remove(key);
    },
  ],
  expired: [
    'Where a counter’s life has ended, the next addition makes a new one.',
    'counters',
    'expire',
    async (bench) => {
      const key = bench.key();
      await add(bench, key, 7n);
      await bench.expire(key);
      equal(await add(bench, key, 1n, 100n), 101n);
    },
  ],
  remove: [
    'A counter can be removed, and is then made anew.',
    'counters',
    async (bench) => {
      const key = bench.key();
      await add(bench, key, 7n);
      equal(await bench.remove(key), true);
      equal(await add(bench, key, 1n), 1n);
    },
  ],
  'wrong-type': [
    'An addition to a key that holds something else fails with WRONG_TYPE, not applied, and changes nothing.',
    'counters',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload('not a number');
      const version = await bench.put(key, payload);
      await refused(bench, { key, by: 1n, initial: 0n, ttlMs: TEN_MINUTES }, 'WRONG_TYPE');
      await bench.holds(key, payload);
      equal(await bench.remove(key, { version }), true, 'the version changed');
    },
  ],
  fraction: [
    'Fractional additions add, from an initial value at creation, and answer the new value.',
    'floats',
    async (bench) => {
      const key = bench.key();
      equal(await addFloat(bench, key, 1.5), 1.5);
      equal(await addFloat(bench, key, -0.25, 100), 1.25);
      equal(await addFloat(bench, bench.key(), 0.5, 10), 10.5);
    },
  ],
  'fraction-ttl': [
    'A fractional counter lives from its creation, too.',
    'floats',
    'life',
    async (bench) => {
      const key = bench.key();
      await addFloat(bench, key, 1.5, 0, 3_600_000);
      await addFloat(bench, key, 1.5, 0, 36_000_000);
      await bench.lives(key, 3_600_000);
    },
  ],
  'fraction-range': [
    'A fractional addition that would not be finite fails with OUT_OF_RANGE and changes nothing.',
    'floats',
    async (bench) => {
      const key = bench.key();
      await addFloat(bench, key, 1e308);
      const item = { key, by: 1e308, initial: 0, ttlMs: TEN_MINUTES };
      const [outcome] = await (facet(bench) as FloatCounters).addFloat([item], bench.call());
      equal(failureOf(outcome, 'addFloat').code, 'OUT_OF_RANGE');
      equal(await addFloat(bench, key, 0), 1e308);
    },
  ],
  'fraction-wrong-type': [
    'A fractional addition to a key that holds something else fails with WRONG_TYPE and changes nothing.',
    'floats',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload('not a number');
      await bench.put(key, payload);
      const item = { key, by: 1.5, initial: 0, ttlMs: TEN_MINUTES };
      const [outcome] = await (facet(bench) as FloatCounters).addFloat([item], bench.call());
      equal(failureOf(outcome, 'addFloat').code, 'WRONG_TYPE');
      await bench.holds(key, payload);
    },
  ],
});

function facet(bench: Bench): Counters {
  return bench.adapter.counters as Counters;
}

async function add(
  bench: Bench,
  key: string,
  by: bigint,
  initial = 0n,
  ttlMs: number | null = TEN_MINUTES,
): Promise<bigint> {
  return await bench.one('add', facet(bench).add([{ key, by, initial, ttlMs }], bench.call()));
}

async function addFloat(
  bench: Bench,
  key: string,
  by: number,
  initial = 0,
  ttlMs: number | null = TEN_MINUTES,
): Promise<number> {
  const item = { key, by, initial, ttlMs };
  return await bench.one('addFloat', (facet(bench) as FloatCounters).addFloat([item], bench.call()));
}

async function refused(bench: Bench, addition: CounterAdd, code: string): Promise<void> {
  const [outcome] = await facet(bench).add([addition], bench.call());
  const failure = failureOf(outcome, 'add');
  equal(failure.code, code);
  equal(failure.outcome, 'not-applied');
}

function byValue(one: bigint, other: bigint): number {
  return one < other ? -1 : Number(one > other);
}
