import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Answer } from '../../../core/test/tiers/member.mjs';
import { goThrough, pause, type Trouble } from '../../../core/test/tiers/trouble.ts';
import { CONVERGE_MS, hold } from '../../../core/test/tiers/verdict.ts';

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));
const PROCESSES = 3;
const KEYS = 24;
const TAGS = 4;
const HEARTBEAT_MS = 250;

export interface TierRun {
  readonly driver: 'ioredis' | 'node-redis';
  /** Options of the adapter of each process. */
  readonly way: (process: number) => object;
  readonly bus: 'tracking' | 'pubsub';
  readonly ms: number;
  readonly troubles: readonly Trouble[];
}

/** Processes with local tiers read, write and invalidate at random while things go wrong; holds what is promised. */
export async function runTiers({ driver, way, bus, ms, troubles }: TierRun): Promise<void> {
  const seed = Date.now() % 1_000_000;
  const namespace = `tiers${process.pid}x${seed}`;
  const fleet = await Promise.all(
    Array.from({ length: PROCESSES }, (_, index) =>
      start({
        ...{ driver, way: way(index), bus, namespace, index, seed, heartbeat: HEARTBEAT_MS, localTtl: '1h' },
        ...{ members: PROCESSES, keys: KEYS, tags: TAGS },
      }),
    ),
  );
  try {
    const running = fleet.map((child) => ask<Answer>(child, 'run', ms));
    const targets = fleet.map((child) => ({
      pause: () => void child.kill('SIGSTOP'),
      goOn: () => void child.kill('SIGCONT'),
    }));
    const losses = await goThrough(troubles, ms, targets);
    const answers = await Promise.all(running);
    await pause(CONVERGE_MS);
    const views = await Promise.all(fleet.map((child) => ask<number[]>(child, 'all', 0)));
    const boundMs = 3 * HEARTBEAT_MS;
    hold({ says: `${driver}, ${bus}`, seed, tags: TAGS, answers, losses, views, boundMs });
  } finally {
    await Promise.all(fleet.map(end));
  }
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
