import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Contest } from './contestant.ts';
import { ioredisContest } from './ioredis.ts';
import { LOADS } from './load.ts';
import { localContest } from './local.ts';
import { type Effort, warmUp } from './measure.ts';
import { memcachedContest } from './memcached.ts';
import { memoryContest } from './memory.ts';
import { nodeRedisContest } from './node-redis.ts';
import { EXPLANATION, head, line, toJson, toMarkdown } from './report.ts';
import { heatsOf, type Row, verdictOf } from './row.ts';
import { fill } from './value.ts';

const REPORTS = new URL('../../reports/', import.meta.url);

const CONTESTS: Readonly<Record<string, () => Promise<Contest>>> = {
  memory: memoryContest,
  local: localContest,
  ioredis: ioredisContest,
  'node-redis': nodeRedisContest,
  memcached: memcachedContest,
};

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const effort: Effort = values.quick ? { rounds: 9, sliceMs: 40 } : { rounds: 11, sliceMs: 120 };

/** Every word must be in the name: `ioredis get` is all of one operation, `64` all of one load. */
function isChosen(name: string): boolean {
  const words = name.split(' ');
  return positionals.every((word) => words.includes(word));
}

async function runContest(subject: string, open: () => Promise<Contest>): Promise<Row[]> {
  const heats = heatsOf(subject).filter(({ name }) => isChosen(name));
  if (heats.length === 0) return [];
  const rows: Row[] = [];
  const contest = await open();
  try {
    for (const { contestant } of [{ contestant: contest.ours }, ...contest.rivals]) {
      await fill(contestant);
      await warmUp(contestant, LOADS);
    }
    for (const heat of heats) {
      const own = await heat.run(contest, effort);
      for (const row of own) console.log(line(row));
      rows.push(...own);
    }
  } finally {
    await contest.close();
  }
  return rows;
}

console.log(`${EXPLANATION}\n\n${head()}`);
const rows: Row[] = [];
for (const [subject, open] of Object.entries(CONTESTS)) rows.push(...(await runContest(subject, open)));
await mkdir(REPORTS, { recursive: true });
await writeFile(new URL('bench.json', REPORTS), toJson(rows));
await writeFile(new URL('bench.md', REPORTS), toMarkdown(rows));
const count = (verdict: string): number => rows.filter((row) => verdictOf(row) === verdict).length;
console.log(
  `\n${rows.length} rows: ${count('pass')} pass, ${count('MISS')} miss, ${count('unsure')} unsure. reports/bench.md`,
);
