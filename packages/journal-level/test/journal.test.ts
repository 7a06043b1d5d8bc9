import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Journal } from '@cache/core';
import { systemClock } from '@cache/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { levelJournal } from '../src/index.ts';

let path: string;
const opened: Journal[] = [];

function open(clock: Clock = systemClock): Journal {
  const journal = levelJournal({ path, clock });
  opened.push(journal);
  return journal;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'journal-')), 'made', 'here');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((journal) => journal.close()));
  await rm(path, { recursive: true, force: true });
});

test('keeps records in order over a restart, until they are acknowledged', async () => {
  const first = open();
  await first.claim();
  const [a, b] = await first.append([bytes(1), bytes(2, 2)]);
  const [c] = await first.append([bytes()]);
  await first.acknowledge([b ?? 0, 12345]);
  await first.close();
  const second = open();
  await second.claim();
  const records = await second.read(0, 10);
  expect(records.map(({ sequence }) => sequence)).toEqual([a, c]);
  expect(records.map((record) => [...record.bytes])).toEqual([[1], []]);
  expect(await second.read(a ?? 0, 10)).toHaveLength(1);
  expect(await second.read(0, 1)).toHaveLength(1);
  expect(await second.read(c ?? 0, 10)).toEqual([]);
});

test('sequences and fences rise over restarts, though the wall clock is set back and nothing is kept', async () => {
  const first = open();
  const { fence } = await first.claim();
  const [a] = await first.append([bytes(1)]);
  await first.acknowledge([a ?? 0]);
  await first.close();
  const second = open({ ...systemClock, now: () => 1000 });
  const claimed = await second.claim();
  const [b] = await second.append([bytes(1)]);
  expect(claimed.fence).toBeGreaterThan(fence);
  expect(b).toBeGreaterThan(a ?? Number.POSITIVE_INFINITY);
});

test('sequences rise though the folder was lost', async () => {
  const first = open();
  await first.claim();
  const [a] = await first.append([bytes(1)]);
  await first.close();
  await rm(path, { recursive: true });
  const second = open({ ...systemClock, now: () => systemClock.now() + 1 });
  await second.claim();
  const [b] = await second.append([bytes(1)]);
  expect(b).toBeGreaterThan(a ?? Number.POSITIVE_INFINITY);
});

test('of two that want one folder the second is told so, and gets it when the first has ended', async () => {
  const first = open();
  await first.claim();
  const second = open();
  await expect(second.claim()).rejects.toMatchObject({ code: 'BUSY', retryable: true });
  await first.close();
  await second.claim();
  await second.append([bytes(1)]);
});

test('refuses work before it is claimed and after it is closed, and closes twice', async () => {
  const journal = open();
  await expect(journal.append([bytes(1)])).rejects.toMatchObject({ code: 'CLOSED' });
  await journal.claim();
  await journal.close();
  await journal.close();
  await expect(journal.append([bytes(1)])).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(journal.claim()).rejects.toMatchObject({ code: 'CLOSED' });
});

test('says what it keeps, and takes no empty path', () => {
  expect(levelJournal({ path }).keeps).toBe('machine');
  expect(levelJournal({ path, sync: false }).keeps).toBe('process');
  expect(() => levelJournal({ path: '' })).toThrow(/path/);
});
