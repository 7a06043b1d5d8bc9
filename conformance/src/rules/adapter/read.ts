import { equal, ok } from 'node:assert/strict';
import type { Stored } from '@cache/core';
import { type AdapterRule, group } from '../../rule.ts';

export const read: readonly AdapterRule[] = group('read', {
  absent: [
    'A key under which nothing was written reads as undefined.',
    async (bench) => equal(await bench.read(bench.key()), undefined),
  ],
  written: [
    'A read answers the payload that was written.',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload();
      await bench.put(key, payload);
      await bench.holds(key, payload);
    },
  ],
  again: [
    'Reading changes nothing: a second read answers the same payload, and the version of the first one still holds.',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload();
      await bench.put(key, payload);
      const first = await bench.read(key);
      for (let i = 0; i < 3; i += 1) await bench.holds(key, payload, `read ${i + 2}`);
      ok(first !== undefined);
      ok(
        await bench.remove(key, { version: first.version }),
        'the version of the first read no longer holds',
      );
    },
  ],
  version: [
    'The version that a write answers and the version that a read answers name the same write.',
    async (bench) => {
      const [one, two] = [bench.key(), bench.key()];
      const version = await bench.put(one);
      ok(await bench.remove(one, { version }), 'the version of the write does not hold');
      await bench.put(two);
      const stored = await bench.read(two);
      ok(stored !== undefined);
      const result = await bench.write(two, bench.payload('next'), { version: stored.version });
      ok(result.written, 'the version of the read does not hold');
    },
  ],
  mixed: [
    'A batch of reads answers by position, hits and misses mixed.',
    async (bench) => {
      const keys = bench.keys(20);
      const payloads = keys.map((key) => bench.payload(key));
      for (let i = 0; i < keys.length; i += 2) await bench.put(keys[i] as string, payloads[i]);
      const found = await bench.all<Stored<unknown> | undefined>(
        'read',
        20,
        bench.adapter.read(keys, bench.call()),
      );
      found.forEach((stored, i) => {
        bench.same(stored?.payload, i % 2 === 0 ? payloads[i] : undefined, `position ${i}`);
      });
    },
  ],
  copy: [
    'The bytes that a read answered belong to the caller: changing them changes nothing that is stored.',
    'bytes',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload('mine');
      await bench.put(key, payload);
      const first = (await bench.read(key))?.payload as Uint8Array;
      first.fill(0);
      await bench.holds(key, payload);
      const again = (await bench.read(key))?.payload as Uint8Array;
      first.fill(1);
      bench.same(again, payload, 'what a second read answered, after the first was changed');
    },
  ],
  'other-read': [
    'The bytes that a read answered stay as they are while others are read.',
    'bytes',
    async (bench) => {
      const keys = bench.keys(10);
      const payloads = keys.map((key) => bench.payload(key));
      for (const [i, key] of keys.entries()) await bench.put(key, payloads[i]);
      const first = await bench.read(keys[0] as string);
      for (const key of keys) await bench.read(key);
      bench.same(first?.payload, payloads[0], 'the first answer, after ten more');
    },
  ],
});
