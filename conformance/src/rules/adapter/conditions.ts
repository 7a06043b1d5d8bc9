import { equal, notEqual, ok } from 'node:assert/strict';
import type { WriteResult } from '@cache/core';
import { type Bench, TEN_MINUTES } from '../../kit/bench.ts';
import { type AdapterRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

export const conditions: readonly AdapterRule[] = group('conditions', {
  'absent-writes': [
    'A write with `absent` writes where nothing is.',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload();
      equal((await bench.write(key, payload, 'absent')).written, true);
      await bench.holds(key, payload);
    },
  ],
  'absent-refuses': [
    'A write with `absent` over something answers `written: false` and changes neither payload nor version.',
    async (bench) => refuses(bench, await there(bench), (key) => bench.write(key, bench.payload(), 'absent')),
  ],
  'absent-expired': [
    'A write with `absent` over something whose life has ended writes.',
    'expire',
    async (bench) => {
      const { key } = await there(bench);
      await bench.expire(key);
      const payload = bench.payload('next');
      equal((await bench.write(key, payload, 'absent')).written, true);
      await bench.holds(key, payload);
    },
  ],
  'absent-life': [
    'A write that its condition refuses leaves the life of what is there as it was.',
    'life',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(), HOUR);
      await bench.write(key, bench.payload(), 'absent', 3 * HOUR);
      await bench.lives(key, HOUR);
    },
  ],
  'present-writes': [
    'A write with `present` replaces what is there, payload and life.',
    'life',
    async (bench) => {
      const { key } = await there(bench);
      const payload = bench.payload('next');
      equal((await bench.write(key, payload, 'present', HOUR)).written, true);
      await bench.holds(key, payload);
      await bench.lives(key, HOUR);
    },
  ],
  'present-refuses': [
    'A write with `present` where nothing is answers `written: false` and makes nothing.',
    async (bench) => {
      const key = bench.key();
      equal((await bench.write(key, bench.payload(), 'present')).written, false);
      equal(await bench.read(key), undefined);
    },
  ],
  'present-expired': [
    'A write with `present` over something whose life has ended answers `written: false` and brings nothing back.',
    'expire',
    async (bench) => {
      const { key } = await there(bench);
      await bench.expire(key);
      equal((await bench.write(key, bench.payload(), 'present')).written, false);
      equal(await bench.read(key), undefined);
    },
  ],
  'version-writes': [
    'A write on the version that is there writes, and answers another version that holds from then on.',
    async (bench) => {
      const { key, version } = await there(bench);
      const payload = bench.payload('next');
      const result = await bench.write(key, payload, { version });
      ok(result.written, 'it was refused');
      await bench.holds(key, payload);
      equal((await bench.write(key, payload, { version })).written, false, 'the former version still holds');
      equal((await bench.write(key, payload, { version: result.version })).written, true);
    },
  ],
  'version-refuses': [
    'A write on a version that a later write replaced answers `written: false` and changes nothing.',
    async (bench) => {
      const { key, version } = await there(bench);
      const now = { key, payload: bench.payload('now') };
      const next = await bench.put(key, now.payload);
      await refuses(bench, { ...now, version: next }, () => bench.write(key, bench.payload(), { version }));
    },
  ],
  'version-absent': [
    'A write on a version where nothing is any more answers `written: false` and makes nothing.',
    async (bench) => {
      const { key, version } = await there(bench);
      await bench.remove(key);
      equal((await bench.write(key, bench.payload(), { version })).written, false);
      equal(await bench.read(key), undefined);
    },
  ],
  'version-removed': [
    'A version does not come back when its key is removed and written again, even with equal content.',
    async (bench) => {
      const { key, version } = await there(bench);
      await bench.remove(key);
      await bench.put(key);
      equal(
        (await bench.write(key, bench.payload(), { version })).written,
        false,
        'the old version holds again',
      );
      equal(await bench.remove(key, { version }), false, 'the old version holds again for a removal');
    },
  ],
  'version-expired': [
    'A version does not come back when the life of its key ends and it is written again.',
    'expire',
    async (bench) => {
      const { key, version } = await there(bench);
      await bench.expire(key);
      equal(
        (await bench.write(key, bench.payload(), { version })).written,
        false,
        'it holds where nothing is',
      );
      await bench.put(key);
      equal(
        (await bench.write(key, bench.payload(), { version })).written,
        false,
        'the old version holds again',
      );
    },
  ],
  'remove-version': [
    'A removal on the version that is there removes and answers true.',
    async (bench) => {
      const { key, version } = await there(bench);
      equal(await bench.remove(key, { version }), true);
      equal(await bench.read(key), undefined);
    },
  ],
  'remove-refuses': [
    'A removal on another version answers false and changes nothing.',
    async (bench) => {
      const { key, version } = await there(bench);
      const payload = bench.payload('now');
      await bench.put(key, payload);
      equal(await bench.remove(key, { version }), false);
      await bench.holds(key, payload);
    },
  ],
  'touch-version': [
    'A touch on the version that is there answers true; on another it answers false and leaves the life as it was.',
    'life',
    async (bench) => {
      const { key, version } = await there(bench);
      equal(await bench.touch(key, 3 * HOUR, { version }), true);
      await bench.put(key, bench.payload('now'), HOUR);
      equal(await bench.touch(key, 3 * HOUR, { version }), false);
      await bench.lives(key, HOUR);
    },
  ],
  'absent-race': [
    'Of any number of writes with `absent` at the same time exactly one writes, and its payload is what is there.',
    async (bench) => {
      const key = bench.key();
      const payloads = Array.from({ length: 50 }, (_, i) => bench.payload(String(i)));
      const results = await Promise.all(payloads.map((payload) => bench.write(key, payload, 'absent')));
      await oneWinner(bench, key, payloads, results);
    },
  ],
  'version-race': [
    'Of any number of writes on one version at the same time exactly one writes, and its payload is what is there.',
    async (bench) => {
      const { key, version } = await there(bench);
      const payloads = Array.from({ length: 50 }, (_, i) => bench.payload(String(i)));
      const results = await Promise.all(payloads.map((payload) => bench.write(key, payload, { version })));
      await oneWinner(bench, key, payloads, results);
    },
  ],
  'version-loop': [
    'Loops of read and write on the version read lose no update.',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(Uint8Array.of(0)));
      const seen = new Map<string, number>();
      const add = async (): Promise<void> => {
        for (;;) {
          const stored = await bench.read(key);
          ok(stored !== undefined);
          const count = countIn(stored.payload) + 1;
          const payload = bench.payload(Uint8Array.of(count));
          if ((await bench.write(key, payload, { version: stored.version })).written) {
            seen.set(String(count), (seen.get(String(count)) ?? 0) + 1);
            return;
          }
        }
      };
      await Promise.all(Array.from({ length: 10 }, add));
      equal(countIn((await bench.read(key))?.payload), 10);
      equal(seen.size, 10, 'two of them wrote the same count');
    },
  ],
  'remove-race': [
    'Of any number of removals of one key at the same time exactly one answers true.',
    async (bench) => {
      const { key } = await there(bench);
      const results = await Promise.all(Array.from({ length: 30 }, () => bench.remove(key)));
      equal(results.filter(Boolean).length, 1);
    },
  ],
});

interface There {
  readonly key: string;
  readonly payload: unknown;
  readonly version: Exclude<Awaited<ReturnType<Bench['put']>>, undefined>;
}

async function there(bench: Bench): Promise<There> {
  const key = bench.key();
  const payload = bench.payload();
  return { key, payload, version: await bench.put(key, payload, TEN_MINUTES) };
}

async function refuses(
  bench: Bench,
  found: There,
  run: (key: string) => Promise<WriteResult>,
): Promise<void> {
  equal((await run(found.key)).written, false, 'it was written');
  await bench.holds(found.key, found.payload);
  equal(await bench.remove(found.key, { version: found.version }), true, 'the version changed');
}

async function oneWinner(
  bench: Bench,
  key: string,
  payloads: readonly unknown[],
  results: readonly WriteResult[],
): Promise<void> {
  equal(results.filter(({ written }) => written).length, 1, 'the number of those that wrote');
  const winner = results.findIndex(({ written }) => written);
  notEqual(winner, -1);
  await bench.holds(key, payloads[winner]);
}

/** The number in a payload of one byte. */
function countIn(payload: unknown): number {
  const content =
    payload instanceof Uint8Array ? payload.at(-1) : (payload as { content: Uint8Array }).content[0];
  return content ?? Number.NaN;
}
