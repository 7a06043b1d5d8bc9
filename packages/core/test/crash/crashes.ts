import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { faultsOf, readHistory } from './history.ts';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const KILLS = Number(process.env.KILLS ?? 200);
/** Kills between two drains, so that a process recovers what several before it left. */
const A_GROUP = 10;
/** Chains of processes side by side, each on a journal of its own. */
const CHAINS = 2;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** How a worker ended. */
interface End {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
}

/** When a worker is killed. */
interface Death {
  /** What it has said that it did. */
  readonly said: 'up' | 'acknowledged';
  readonly thenMs: number;
}

function run(path: string, args: readonly (string | number)[], death?: Death): Promise<End> {
  const child = spawn(process.execPath, [WORKER, path, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => {
    const before = said;
    said += text;
    if (death === undefined || before.includes(death.said) || !said.includes(death.said)) return;
    setTimeout(() => child.kill('SIGKILL'), death.thenMs);
  });
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
}

const STEPS = [
  ...['claim', 'read', 'append', 'store', 'remove', 'acknowledge', 'write', 'dead'].flatMap((name) => {
    return [`${name}:before`, `${name}:after`];
  }),
  'store:half',
];

/**
 * Kills processes that write behind a journal.
 * @param kind of the journal, as the worker takes it
 * @param lifeMs within which of its beginning to write a process is killed at random
 */
export function crashes(kind: () => string, lifeMs: number): void {
  const work = (path: string, args: readonly (string | number)[], death?: Death): Promise<End> => {
    return run(path, [kind(), ...args], death);
  };

  async function drained(path: string): Promise<string[]> {
    expect(await work(path, ['drain', 1])).toEqual({ code: 0, signal: null });
    return faultsOf(readHistory(path));
  }

  test('killed at each named step, nothing acknowledged is lost', { timeout: 120_000 }, async () => {
    const path = await mkdtemp(join(tmpdir(), 'steps-'));
    const ends: string[] = [];
    for (const [index, step] of STEPS.entries()) {
      // Recovery reads once, before anything is written; at the others the third time has a history behind it.
      const time = ['claim', 'read'].some((name) => step.startsWith(name)) ? 1 : 3;
      const { signal } = await work(path, ['write', seed + index, step, time]);
      ends.push(`${step} ${signal}`);
      if (index % 4 === 3) expect(await drained(path), step).toEqual([]);
    }
    expect(ends).toEqual(STEPS.map((step) => `${step} SIGKILL`));
    expect(await drained(path)).toEqual([]);
    await rm(path, { recursive: true });
  });

  test(`killed at ${KILLS} random moments, nothing acknowledged is lost (seed ${seed})`, {
    timeout: 240_000,
  }, async () => {
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const counts = { acknowledged: 0, applied: 0, dead: 0 };
    const chain = async (): Promise<void> => {
      const path = await mkdtemp(join(tmpdir(), 'random-'));
      for (let kill = 1; kill <= KILLS / CHAINS; kill += 1) {
        const own = Math.floor(random() * 2 ** 31);
        // Every other one has acknowledged something, however slow the machine is.
        const said = kill % 2 === 0 ? 'up' : 'acknowledged';
        const { signal } = await work(path, ['write', own], { said, thenMs: random() * lifeMs });
        expect(signal).toBe('SIGKILL');
        if (kill % A_GROUP === 0) expect(await drained(path), `seed ${seed}, kill ${kill}`).toEqual([]);
      }
      for (const key of readHistory(path).values()) {
        counts.acknowledged += key.acknowledged.length;
        counts.applied += key.applied.length;
        counts.dead += key.dead.size;
      }
      await rm(path, { recursive: true });
    };
    await Promise.all(Array.from({ length: CHAINS }, chain));
    console.log(`seed ${seed}: ${KILLS} kills,`, counts);
    expect(counts.acknowledged).toBeGreaterThan(KILLS / 4);
  });
}
