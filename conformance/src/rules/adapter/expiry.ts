import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Expiry, Stored, Touch } from '@cache/core';
import type { Bench } from '../../kit/bench.ts';
import { type AdapterRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

export const expiry: readonly AdapterRule[] = group('expiry', {
  remaining: [
    'The remaining life is what is left of the ttl, null without expiry, undefined where nothing is; by position, duplicates kept.',
    'expiry',
    async (bench) => {
      const [ending, endless, absent] = bench.keys(3) as [string, string, string];
      await bench.put(ending, bench.payload(), HOUR);
      await bench.put(endless, bench.payload(), null);
      const asked = [absent, ending, endless, ending];
      const left = await bench.all<number | null | undefined>(
        'remaining',
        4,
        facet(bench).remaining(asked, bench.call()),
      );
      equal(left[0], undefined);
      equal(left[2], null);
      for (const i of [1, 3]) {
        const ms = left[i];
        ok(
          typeof ms === 'number' && ms > HOUR - 60_000 && ms <= HOUR + bench.adapter.limits.ttlResolutionMs,
          `${ms} ms`,
        );
      }
      await bench.remove(endless);
    },
  ],
  passes: [
    'The remaining life shrinks as time passes.',
    'expiry',
    'advance',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(), HOUR);
      await bench.advance(HOUR / 2);
      await bench.lives(key, HOUR / 2);
    },
  ],
  expired: [
    'Where a life has ended, the remaining life is undefined and a read with touch answers undefined and brings nothing back.',
    'expiry',
    'expire',
    async (bench) => {
      const key = bench.key();
      await bench.put(key);
      await bench.expire(key);
      equal(await bench.one('remaining', facet(bench).remaining([key], bench.call())), undefined);
      equal(await readAndTouch(bench, { key, ttlMs: HOUR }), undefined);
      equal(await bench.read(key), undefined);
    },
  ],
  'read-and-touch': [
    'A read with touch answers payload and version as a read does, and gives the new life; null takes the end away.',
    'expiry',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload();
      await bench.put(key, payload, HOUR);
      const stored = await readAndTouch(bench, { key, ttlMs: null });
      bench.same(stored?.payload, payload, 'what it answered');
      equal(await bench.one('remaining', facet(bench).remaining([key], bench.call())), null);
      await readAndTouch(bench, { key, ttlMs: 2 * HOUR });
      await bench.lives(key, 2 * HOUR);
    },
  ],
  version: [
    'A read with touch keeps the version and answers it.',
    'expiry',
    async (bench) => {
      const key = bench.key();
      const version = await bench.put(key);
      const stored = await readAndTouch(bench, { key, ttlMs: HOUR });
      ok(stored !== undefined);
      equal((await bench.write(key, bench.payload(), { version: stored.version })).written, true);
      equal((await bench.write(key, bench.payload(), { version })).written, false);
    },
  ],
  absent: [
    'A read with touch of what is not there answers undefined and makes nothing; by position, duplicates kept.',
    'expiry',
    async (bench) => {
      const [key, absent] = bench.keys(2) as [string, string];
      const payload = bench.payload();
      await bench.put(key, payload);
      const touches = [absent, key, absent, key].map((k) => ({ key: k, ttlMs: HOUR }));
      const found = await bench.all<Stored<unknown> | undefined>(
        'readAndTouch',
        4,
        facet(bench).readAndTouch(touches, bench.call()),
      );
      deepEqual(
        found.map((stored) => stored !== undefined),
        [false, true, false, true],
      );
      bench.same(found[3]?.payload, payload, 'the last one');
      equal(await bench.read(absent), undefined);
    },
  ],
  condition: [
    'A read with touch on another version than is there answers undefined and leaves the life as it was.',
    'expiry',
    async (bench) => {
      const key = bench.key();
      const version = await bench.put(key);
      const payload = bench.payload('now');
      const now = await bench.put(key, payload, HOUR);
      equal(await readAndTouch(bench, { key, ttlMs: 3 * HOUR, when: { version } }), undefined);
      const left = await bench.one<number>('remaining', facet(bench).remaining([key], bench.call()));
      ok(left <= HOUR + bench.adapter.limits.ttlResolutionMs, 'it was touched');
      const stored = await readAndTouch(bench, { key, ttlMs: 3 * HOUR, when: { version: now } });
      bench.same(stored?.payload, payload, 'on the right version');
    },
  ],
});

function facet(bench: Bench): Expiry<unknown> {
  return bench.adapter.expiry as Expiry<unknown>;
}

async function readAndTouch(bench: Bench, touch: Touch): Promise<Stored<unknown> | undefined> {
  return await bench.one('readAndTouch', facet(bench).readAndTouch([touch], bench.call()));
}
