import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Stored, WriteResult } from '@cache/core';
import { TEN_MINUTES } from '../../kit/bench.ts';
import { methodsOf } from '../../kit/methods.ts';
import { type AdapterRule, group } from '../../rule.ts';

const MANY = 50_000;
/** As long as a batch of so many may take on a busy machine. */
const LARGE_MS = 120_000;

export const batches: readonly AdapterRule[] = group('batches', {
  empty: [
    'An empty batch answers `[]`, from every method.',
    async (bench) => {
      for (const method of methodsOf(bench)) {
        deepEqual(await method.batch([], bench.call()), [], `${method.name} of an empty batch`);
      }
    },
  ],
  'write-twice': [
    'Of two writes of one key in a batch both answer, and the later one counts.',
    async (bench) => {
      const [key, other] = [bench.key(), bench.key()];
      const payloads = [bench.payload('1'), bench.payload('2'), bench.payload('3')];
      const writes = [key, other, key].map((k, i) => ({ key: k, payload: payloads[i], ttlMs: TEN_MINUTES }));
      const results = await bench.all<WriteResult>('write', 3, bench.adapter.write(writes, bench.call()));
      deepEqual(
        results.map(({ written }) => written),
        [true, true, true],
      );
      await bench.holds(key, payloads[2]);
      await bench.holds(other, payloads[1]);
      const last = results[2];
      ok(
        last?.written && (await bench.remove(key, { version: last.version })),
        'the last version does not hold',
      );
    },
  ],
  'write-conditions': [
    'Conditions within a batch see the items before them: of two writes with `absent` on one key the first is written and the second refused.',
    async (bench) => {
      const [key, other] = [bench.key(), bench.key()];
      const first = bench.payload('first');
      const write = { ttlMs: TEN_MINUTES, when: 'absent' } as const;
      const writes = [
        { ...write, key, payload: first },
        { ...write, key, payload: bench.payload('second') },
        { ...write, key: other, payload: first },
      ];
      const results = await bench.all<WriteResult>('write', 3, bench.adapter.write(writes, bench.call()));
      deepEqual(
        results.map(({ written }) => written),
        [true, false, true],
      );
      await bench.holds(key, first);
    },
  ],
  'read-twice': [
    'A key that is twice in a batch of reads is answered twice.',
    async (bench) => {
      const [key, absent] = [bench.key(), bench.key()];
      const payload = bench.payload();
      await bench.put(key, payload);
      const asked = [key, absent, key, key, absent];
      const found = await bench.all<Stored<unknown> | undefined>(
        'read',
        5,
        bench.adapter.read(asked, bench.call()),
      );
      found.forEach((stored, i) => {
        bench.same(stored?.payload, asked[i] === key ? payload : undefined, `position ${i}`);
      });
    },
  ],
  'remove-twice': [
    'Of two removals of one key in a batch the first answers true and the second false.',
    async (bench) => {
      const [key, absent] = [bench.key(), bench.key()];
      await bench.put(key);
      const removals = [{ key }, { key: absent }, { key }];
      deepEqual(await bench.all('remove', 3, bench.adapter.remove(removals, bench.call())), [
        true,
        false,
        false,
      ]);
    },
  ],
  'touch-twice': [
    'Of two touches of one key in a batch both answer true, and the later life counts.',
    'life',
    async (bench) => {
      const [key, absent] = [bench.key(), bench.key()];
      await bench.put(key);
      const touches = [
        { key, ttlMs: 7_200_000 },
        { key: absent, ttlMs: 7_200_000 },
        { key, ttlMs: 3_600_000 },
      ];
      deepEqual(await bench.all('touch', 3, bench.adapter.touch(touches, bench.call())), [true, false, true]);
      await bench.lives(key, 3_600_000);
    },
  ],
  alone: [
    'An item that is refused by its condition keeps no other item of its batch from being done.',
    async (bench) => {
      const keys = bench.keys(9);
      await bench.put(keys[4] as string);
      const payloads = keys.map((key) => bench.payload(key));
      const writes = keys.map((key, i) => ({
        key,
        payload: payloads[i],
        ttlMs: TEN_MINUTES,
        when: 'absent' as const,
      }));
      const results = await bench.all<WriteResult>('write', 9, bench.adapter.write(writes, bench.call()));
      deepEqual(
        results.map(({ written }) => written),
        keys.map((_, i) => i !== 4),
      );
      for (const [i, key] of keys.entries()) if (i !== 4) await bench.holds(key, payloads[i]);
    },
  ],
  large: [
    'A batch of 50,000 items is accepted by every method and answered by position.',
    'room',
    async (bench) => {
      const { adapter } = bench;
      const keys = bench.keys(MANY);
      const call = { deadline: bench.deadline(LARGE_MS) };
      const payloads = keys.map((_, i) => bench.payload(String(i)));
      const writes = keys.map((key, i) => ({ key, payload: payloads[i], ttlMs: TEN_MINUTES }));
      const results = await bench.all<WriteResult>('write', MANY, adapter.write(writes, call), LARGE_MS);
      ok(
        results.every(({ written }) => written),
        'some of them were refused',
      );
      const found = await bench.all<Stored<unknown> | undefined>(
        'read',
        MANY,
        adapter.read(keys, call),
        LARGE_MS,
      );
      for (const i of [0, 1, 999, 25_000, MANY - 2, MANY - 1]) {
        bench.same(found[i]?.payload, payloads[i], `position ${i}`);
      }
      equal(found.filter((stored) => stored === undefined).length, 0, 'some of them are missing');
      const touches = keys.map((key) => ({ key, ttlMs: TEN_MINUTES }));
      ok(
        (await bench.all('touch', MANY, adapter.touch(touches, call), LARGE_MS)).every(Boolean),
        'some were not touched',
      );
      const removals = keys.map((key) => ({ key }));
      ok(
        (await bench.all('remove', MANY, adapter.remove(removals, call), LARGE_MS)).every(Boolean),
        'some were not removed',
      );
    },
  ],
  arguments: [
    'An adapter does not change what it is given: frozen lists of frozen items will do, and keep their order.',
    async (bench) => {
      const keys = Object.freeze(bench.keys(3));
      const call = Object.freeze(bench.call());
      const writes = keys.map((key) => Object.freeze({ key, payload: bench.payload(), ttlMs: TEN_MINUTES }));
      await bench.all('write', 3, bench.adapter.write(Object.freeze(writes), call));
      await bench.all('read', 3, bench.adapter.read(keys, call));
      const touches = Object.freeze(keys.map((key) => Object.freeze({ key, ttlMs: TEN_MINUTES })));
      deepEqual(await bench.all('touch', 3, bench.adapter.touch(touches, call)), [true, true, true]);
      const removals = Object.freeze(keys.map((key) => Object.freeze({ key })));
      deepEqual(await bench.all('remove', 3, bench.adapter.remove(removals, call)), [true, true, true]);
    },
  ],
});
