import { equal, ok } from 'node:assert/strict';
import type { Condition, WriteResult } from '@cache/core';
import { type Bench, TEN_MINUTES } from '../../kit/bench.ts';
import { type AdapterRule, group } from '../../rule.ts';

export const pinned: readonly AdapterRule[] = group('pinned', {
  ordinary: [
    'A pinned write is a write like any other: it is read, replaced and removed, and conditions hold for it.',
    async (bench) => {
      const key = bench.key();
      const [first, second] = [bench.payload('first'), bench.payload('second')];
      const { written } = await pin(bench, key, first);
      equal(written, true);
      await bench.holds(key, first);
      equal((await pin(bench, key, second, 'absent')).written, false);
      const version = (await bench.read(key))?.version;
      ok(version !== undefined);
      equal((await pin(bench, key, second, { version })).written, true);
      equal((await pin(bench, key, first, { version })).written, false);
      await bench.holds(key, second);
      await bench.put(key, first);
      await bench.holds(key, first);
      await pin(bench, key, second);
      equal(await bench.touch(key, TEN_MINUTES), true);
      equal(await bench.remove(key), true);
      equal(await bench.read(key), undefined);
    },
  ],
  life: [
    'A pinned write with a life ends with it, and so does what was pinned without an end and was touched.',
    'expire',
    async (bench) => {
      const [key, touched] = bench.keys(2) as [string, string];
      await pin(bench, key, bench.payload(), undefined, TEN_MINUTES);
      await pin(bench, touched, bench.payload());
      await bench.touch(touched, TEN_MINUTES);
      await bench.expire(key);
      if (bench.opened.expireNow !== undefined) await bench.expire(touched);
      equal(await bench.read(key), undefined);
      equal(await bench.read(touched), undefined);
    },
  ],
  outlives: [
    'When room runs out, what was pinned and has no end is still there when everything else is gone, however long ago it was used.',
    'press',
    async (bench) => {
      const keys = bench.keys(5, 'pinned');
      const payload = bench.payload('pinned');
      for (const key of keys) await pin(bench, key, payload);
      const others = bench.keys(20, 'other');
      for (const key of others) await bench.put(key, bench.payload(), null);
      await bench.opened.press?.();
      for (const key of others)
        equal(await bench.read(key), undefined, `${key} is there: room did not run out`);
      for (const key of keys) await bench.holds(key, payload);
    },
  ],
});

async function pin(
  bench: Bench,
  key: string,
  payload: unknown,
  when?: Condition,
  ttlMs: number | null = null,
): Promise<WriteResult> {
  const write = { key, payload, ttlMs, pinned: true, ...(when !== undefined && { when }) };
  return await bench.one('write', bench.adapter.write([write], bench.call()));
}
