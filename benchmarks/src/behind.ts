import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCache, type DataStore, type WriteBehindRepository, writeBehind } from '@cache/core';
import { levelJournal } from '@cache/journal-level';
import { memoryAdapter } from '@cache/memory';
import { type Source, slowTable, sqlTable } from './behind-sources.ts';
import { type Quartiles, quartilesOf } from './quartiles.ts';
import { userOf } from './value.ts';

const REPORTS = new URL('../../reports/', import.meta.url);
const IN_FLIGHT = 64;

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const [ROUNDS, WRITES] = values.quick ? [5, 1000] : [9, 4000];

/** Whom direct writes are compared with: a journal, and over how many keys the writes go. */
interface Way {
  readonly name: string;
  readonly sync: boolean;
  /** 1 = each write has a key of its own, so nothing can be coalesced. */
  readonly writesAKey: number;
}

const WAYS: readonly Way[] = [
  { name: 'fsync, a key a write', sync: true, writesAKey: 1 },
  { name: 'fsync, 10 writes a key', sync: true, writesAKey: 10 },
  { name: 'no fsync, a key a write', sync: false, writesAKey: 1 },
  { name: 'no fsync, 10 writes a key', sync: false, writesAKey: 10 },
];

/** One round: how long direct writes took, and write-behind until all were acknowledged and until the source had them. */
interface Round {
  readonly directMs: number;
  readonly acknowledgedMs: number;
  readonly appliedMs: number;
}

type Write = (key: string, value: unknown) => unknown;

/** So many callers, each of which waits for its answer before it writes again. */
async function writeAll(write: Write, writesAKey: number, round: number): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < WRITES) {
      const index = next;
      next += 1;
      await write(`key ${index % (WRITES / writesAKey)}`, userOf(index, round % 2));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  return performance.now() - startedAt;
}

function behindOf(
  store: DataStore<string, unknown>,
  path: string,
  sync: boolean,
): WriteBehindRepository<string, unknown> {
  return writeBehind({
    cache: createCache({ adapter: memoryAdapter() }),
    store,
    journal: levelJournal({ path, sync }),
    bound: { writes: 2 * WRITES },
    batch: { interval: 10 },
    drainTimeout: '2m',
  });
}

async function measure({ direct, behind }: Source, { sync, writesAKey }: Way): Promise<Round[]> {
  const path = await mkdtemp(join(tmpdir(), 'bench-journal-'));
  const repository = behindOf(behind, path, sync);
  const rounds: Round[] = [];
  // The first one warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    let directMs = 0;
    let acknowledgedMs = 0;
    let appliedMs = 0;
    const turns = [
      async () => {
        directMs = await writeAll((key, value) => direct.set(key, value), writesAKey, round);
      },
      async () => {
        const startedAt = performance.now();
        acknowledgedMs = await writeAll((key, value) => repository.set(key, value), writesAKey, round);
        await repository.flush();
        appliedMs = performance.now() - startedAt;
      },
    ];
    // In turn, each first in every other round: what disturbs the machine disturbs both.
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
    if (round > 0) rounds.push({ directMs, acknowledgedMs, appliedMs });
  }
  await repository.close();
  await rm(path, { recursive: true });
  return rounds;
}

function told({ median, lower, upper }: Quartiles): string {
  return `${median.toFixed(1)} (${lower.toFixed(1)}–${upper.toFixed(1)})`;
}

const EXPLANATION = `Write-behind on the local journal against direct writes to the same source, ${IN_FLIGHT} callers, values of about 1 KB. Ratios of throughput in rounds that take turns: median (quartiles). acknowledged: until every \`set\` has resolved; applied: until the source has everything.`;
const HEAD = '| source | journal | direct/s | acknowledged | applied |\n|---|---|---|---|---|';
const lines: string[] = [];
console.log(`${EXPLANATION}\n\n${HEAD}`);
for (const open of [sqlTable, slowTable]) {
  const source = await open();
  for (const way of WAYS) {
    const rounds = await measure(source, way);
    const direct = quartilesOf(rounds.map(({ directMs }) => (1000 * WRITES) / directMs)).median;
    const acknowledged = quartilesOf(rounds.map((round) => round.directMs / round.acknowledgedMs));
    const applied = quartilesOf(rounds.map((round) => round.directMs / round.appliedMs));
    const line = `| ${source.name} | ${way.name} | ${direct.toFixed(0)} | ${told(acknowledged)} | ${told(applied)} |`;
    console.log(line);
    lines.push(line);
  }
  await source.close();
}
await mkdir(REPORTS, { recursive: true });
await writeFile(new URL('bench-behind.md', REPORTS), `${[EXPLANATION, '', HEAD, ...lines].join('\n')}\n`);
