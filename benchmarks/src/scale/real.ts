import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createCache } from '@cache/core';
import { ioredisAdapter } from '@cache/ioredis';
import type { Redis } from 'ioredis';
import { userOf } from '../value.ts';
import { infoOf, pause } from './info.ts';
import type { Workload } from './setup.ts';
import type { Rates } from './simulate.ts';
import type { Given, Seen } from './worker.ts';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));
let runs = 0;

/** A fleet of so many processes on a real server. @param idleShare of a processor, which the server takes anyway */
export async function measureFleet(
  size: number,
  bus: 'tracking' | 'pubsub',
  workload: Workload,
  url: string,
  admin: Redis,
  idleShare: number,
  ms: number,
): Promise<Rates> {
  runs += 1;
  const namespace = `scale${runs}`;
  await fill(url, namespace, workload);
  const fleet = await Promise.all(
    Array.from({ length: size }, (_, index) =>
      start({ url, bus, namespace, seed: 1000 * runs + index, workload }),
    ),
  );
  await pause(1000);
  for (const child of fleet) child.send('count');
  const before = await infoOf(admin);
  await pause(ms);
  const after = await infoOf(admin);
  const seen = await Promise.all(fleet.map(stop));
  const seconds = (after.atMs - before.atMs) / 1000;
  const sorted = delaysOf(seen);
  const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return {
    commands: (after.commands - before.commands) / seconds,
    messages: seen.reduce((sum, { messages }) => sum + messages, 0) / seconds,
    bytes: (after.bytes - before.bytes) / seconds,
    load: (after.cpuMs - before.cpuMs) / 1000 / seconds - idleShare,
    staleness: { median: quantile(0.5), p99: quantile(0.99) },
  };
}

/** From the call of each change until each process heard of its key, sorted. */
function delaysOf(seen: readonly Seen[]): number[] {
  const delays: number[] = [];
  for (const { heard } of seen) {
    const byKey = new Map<string, number[]>();
    for (const { key, at } of heard) byKey.set(key, [...(byKey.get(key) ?? []), at]);
    for (const { key, at } of seen.flatMap(({ changes }) => changes)) {
      const next = byKey.get(key)?.find((instant) => instant >= at);
      // The last ones are not heard before all is over.
      if (next !== undefined) delays.push(next - at);
    }
  }
  return delays.sort((one, other) => one - other);
}

async function fill(url: string, namespace: string, { keys, ttlMs }: Workload): Promise<void> {
  const cache = createCache({ adapter: ioredisAdapter({ url }), namespace, ttl: ttlMs, timeout: '30s' });
  await cache.ready();
  for (let from = 0; from < keys; from += 500) {
    const some = Array.from({ length: Math.min(500, keys - from) }, (_, index) => from + index);
    await Promise.all(some.map((key) => cache.set(`k${key}`, userOf(key, 0))));
  }
  await cache.close();
}

async function start(given: Given): Promise<ChildProcess> {
  const child = fork(WORKER, [JSON.stringify(given)], { execArgv: [] });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('a process of the fleet ended'))),
  ]);
  return child;
}

async function stop(child: ChildProcess): Promise<Seen> {
  const exit = once(child, 'exit');
  child.send('stop');
  const [seen] = (await once(child, 'message')) as [Seen];
  await exit;
  return seen;
}
