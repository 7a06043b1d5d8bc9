import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { judge, type Seen } from './oracle.ts';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const PROCESSES = 3;
const KEYS = 24;
const TAGS = 4;
const HEARTBEAT_MS = 250;
/** What a busy machine adds: a process that is not scheduled hears nothing, and begins its reads late. */
const SLACK_MS = 500;
/** After the last trouble all agree within that. */
const CONVERGE_MS = 1000;

/** One thing that goes wrong for a while. */
export interface Trouble {
  readonly says: string;
  /** @param target a process of the fleet. Returns what the servers may have lost by it. */
  happen(target: { pause(): void; goOn(): void }): Promise<Loss | undefined>;
}

export interface TierRun {
  readonly driver: 'ioredis' | 'node-redis';
  /** Options of the adapter of each process. */
  readonly way: (process: number) => object;
  readonly bus: 'tracking' | 'pubsub';
  readonly ms: number;
  readonly troubles: readonly Trouble[];
}

/** A time, on the clock of the machine, whose acknowledged writes the servers may lose. */
export interface Loss {
  readonly from: number;
  readonly to: number;
}

interface Answer {
  readonly log: readonly Seen[];
  readonly hits: number;
  readonly guarantees: { readonly boundMs: number };
}

/** Processes with local tiers read, write and invalidate at random while things go wrong; holds what is promised. */
export async function runTiers({ driver, way, bus, ms, troubles }: TierRun): Promise<void> {
  const seed = Date.now() % 1_000_000;
  const namespace = `tiers${process.pid}x${seed}`;
  const fleet = await Promise.all(
    Array.from({ length: PROCESSES }, (_, index) =>
      start({
        ...{ driver, way: way(index), bus, namespace, index, seed, heartbeat: HEARTBEAT_MS, localTtl: '1h' },
        ...{ processes: PROCESSES, keys: KEYS, tags: TAGS },
      }),
    ),
  );
  try {
    const running = fleet.map((child) => ask<Answer>(child, 'run', ms));
    const calm = ms / (troubles.length + 1);
    const losses: Loss[] = [];
    for (const [index, trouble] of troubles.entries()) {
      await pause(calm / 2);
      const child = fleet[index % PROCESSES] as ChildProcess;
      const loss = await trouble.happen({
        pause: () => child.kill('SIGSTOP'),
        goOn: () => child.kill('SIGCONT'),
      });
      if (loss !== undefined) losses.push(loss);
      await pause(calm / 2);
    }
    const answers = await Promise.all(running);
    await pause(CONVERGE_MS);
    const views = await Promise.all(fleet.map((child) => ask<number[]>(child, 'all', 0)));
    const { staleness, backwards, ownUnread } = judge(
      answers.map(({ log }) => log),
      TAGS,
      losses,
    );
    const reads = answers.flatMap(({ log }) => log.filter(({ did }) => did === 'read')).length;
    const hits = answers.reduce((sum, answer) => sum + answer.hits, 0);
    const boundMs = 3 * HEARTBEAT_MS;
    console.log(`${driver}, ${bus}, seed ${seed}: ${reads} reads, ${hits} hits; ${histogram(staleness)}`);
    expect(backwards, `seed ${seed}`).toEqual([]);
    expect(ownUnread, `seed ${seed}`).toEqual([]);
    expect(staleness.at(-1), `seed ${seed}`).toBeLessThan(boundMs + SLACK_MS);
    expect(new Set(views.map(String)).size, `seed ${seed}: ${views.map(String).join(' | ')}`).toBe(1);
    expect(staleness.length).toBeGreaterThan(1000);
  } finally {
    await Promise.all(fleet.map(end));
  }
}

/** How stale what was read had been. */
function histogram(staleness: readonly number[]): string {
  const bounds = [0, 1, 3, 10, 30, 100, 300, 1000, Number.POSITIVE_INFINITY];
  const cells = bounds.flatMap((bound, index) => {
    const above = bounds[index - 1] ?? Number.NEGATIVE_INFINITY;
    const count = staleness.filter((ms) => ms > above && ms <= bound).length;
    return count === 0 ? [] : `${index === 0 ? 'current' : `≤ ${bound} ms`}: ${count}`;
  });
  return `${cells.join(', ')}; the oldest ${Math.round(staleness.at(-1) ?? 0)} ms`;
}

async function start(given: object): Promise<ChildProcess> {
  const child = fork(WORKER, [JSON.stringify(given)], { execArgv: [] });
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('a process of the fleet ended'))),
  ]);
  expect(message).toEqual({ told: 'ready' });
  return child;
}

async function ask<T>(child: ChildProcess, task: string, ms: number): Promise<T> {
  const answer = new Promise<T>((resolve) => {
    child.on('message', (message: { answer?: T }) => {
      if (message.answer !== undefined) resolve(message.answer);
    });
  });
  child.send({ task, ms });
  return await answer;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGCONT');
  const exit = once(child, 'exit');
  if (child.connected) child.send({ task: 'end' });
  const force = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exit;
  clearTimeout(force);
}

/** The clock that the processes log by, ms. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
