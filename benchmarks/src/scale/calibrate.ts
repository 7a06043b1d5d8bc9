import { createCache } from '@cache/core';
import { type IoredisAdapter, ioredisAdapter } from '@cache/ioredis';
import type { Redis } from 'ioredis';
import { userOf } from '../value.ts';
import type { Cost, Costs } from './costs.ts';
import { infoOf, pause } from './info.ts';

/** What is the same of both buses, and what is not. */
export type CacheCosts = Pick<Costs, 'read' | 'load' | 'delete' | 'set'>;
export type BusCosts = Pick<Costs, 'tell' | 'message' | 'beat'>;

const ROUNDS = 5;
const CALLS = 1000;
const MANY = 17;
/** As many tells as leave in one turn of the server's loop. */
const BURST = 50;
const ROOT = '{calibration';
const CALL = { deadline: Number.POSITIVE_INFINITY };

/** The least of rounds that take turns: whatever else the machine does only adds. */
async function least<K extends string>(phases: Record<K, () => Promise<Cost>>): Promise<Record<K, Cost>> {
  const best = new Map<K, Cost>();
  // The first one warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const name of Object.keys(phases) as K[]) {
      const cost = await phases[name]();
      const before = best.get(name);
      if (round <= 1 || before === undefined || cost.ms < before.ms) best.set(name, cost);
    }
  }
  return Object.fromEntries(best) as Record<K, Cost>;
}

/** What one call costs the server, less what the server does anyway. */
async function costOf(
  admin: Redis,
  idleShare: number,
  calls: number,
  run: () => Promise<void>,
): Promise<Cost> {
  const before = await infoOf(admin);
  await run();
  const after = await infoOf(admin);
  const idleMs = idleShare * (after.atMs - before.atMs);
  return {
    ms: (after.cpuMs - before.cpuMs - idleMs) / calls,
    // INFO itself is one.
    count: (after.commands - before.commands - 1) / calls,
    bytes: (after.bytes - before.bytes) / calls,
  };
}

/** The share of a processor that an idle server takes. */
export async function idleShareOf(admin: Redis): Promise<number> {
  const before = await infoOf(admin);
  await pause(3000);
  const after = await infoOf(admin);
  return (after.cpuMs - before.cpuMs) / (after.atMs - before.atMs);
}

async function each(run: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < CALLS; index += 1) await run(index);
}

/** One process, one call after the other, without a local tier. */
export async function cacheCosts(url: string, admin: Redis, idleShare: number): Promise<CacheCosts> {
  const cache = createCache({
    adapter: ioredisAdapter({ url }),
    namespace: 'calibration',
    ttl: '10m',
    timeout: '10s',
  });
  await cache.ready();
  const fill = async (): Promise<void> => each((index) => cache.set(`k${index}`, userOf(index, 0)));
  const cost = (run: (index: number) => Promise<unknown>): Promise<Cost> =>
    costOf(admin, idleShare, CALLS, () => each(run));
  await fill();
  const costs = await least({
    set: () => cost((index) => cache.set(`k${index}`, userOf(index, 1))),
    read: () => cost((index) => cache.get(`k${index}`)),
    delete: () => cost((index) => cache.delete(`k${index}`)),
    load: () => cost((index) => cache.getOrSet(`k${index}`, async () => userOf(index, 0))),
  });
  await cache.close();
  return costs;
}

/** Tells with one listener and with many: the difference is what a message costs. */
export async function busCosts(
  bus: 'tracking' | 'pubsub',
  url: string,
  admin: Redis,
  idleShare: number,
): Promise<BusCosts> {
  const adapters = Array.from({ length: MANY }, () => ioredisAdapter({ url }));
  const [teller] = adapters as [IoredisAdapter];
  let heard = 0;
  const count = (): void => {
    heard += 1;
  };
  const idle = (): void => undefined;
  const listen = (adapter: IoredisAdapter): (() => Promise<void>) => {
    if (bus === 'pubsub')
      return adapter.pubsub.subscribe(ROOT, { subscribed: idle, lost: idle, message: count });
    const tracked = adapter.tracking.track(ROOT, { hearing: idle, lost: idle, changed: count });
    return () => tracked.close();
  };
  const payload = new TextEncoder().encode(JSON.stringify(userOf(1, 0)));
  const tell = async (index: number): Promise<unknown> =>
    bus === 'pubsub'
      ? await teller.pubsub.publish(ROOT, `["${'0'.repeat(32)}","${ROOT}}v:user:${index}"]`, CALL)
      : await teller.write([{ key: `${ROOT}}v:user:${index}`, payload, ttlMs: 600_000 }], CALL);
  const burst = async (): Promise<void> => {
    for (let index = 0; index < CALLS; index += BURST) {
      await Promise.all(Array.from({ length: BURST }, (_, at) => tell(index + at)));
    }
  };
  const told = async (listeners: number, run: () => Promise<void>): Promise<Cost> => {
    const leave = adapters.slice(0, listeners).map(listen);
    await pause(300);
    heard = 0;
    const cost = await costOf(admin, idleShare, CALLS, run);
    await pause(50);
    const messages = heard / CALLS / listeners;
    await Promise.all(leave.map((one) => one()));
    return { ...cost, count: messages };
  };
  const commands = async (run: () => Promise<void>): Promise<Cost> => costOf(admin, idleShare, CALLS, run);
  const question = adapters[1] as IoredisAdapter;
  const tracked = question.tracking.track('{other', { hearing: idle, lost: idle, changed: idle });
  await pause(300);
  const costs = await least({
    one: () => told(1, () => each(tell)),
    many: () => told(MANY, () => each(tell)),
    burstOne: () => told(1, burst),
    burstMany: () => told(MANY, burst),
    untold: () => commands(() => each(tell)),
    beat: () =>
      commands(() =>
        each(() => (bus === 'pubsub' ? question.pubsub.number(ROOT, CALL) : tracked.confirm(CALL))),
      ),
  });
  await Promise.all(adapters.map((adapter) => adapter.close()));
  const message = (many: Cost, one: Cost): Cost => ({
    ms: Math.max(0, (many.ms - one.ms) / (MANY - 1)),
    count: many.count,
    bytes: (many.bytes - one.bytes) / (MANY - 1),
  });
  const { beat, untold, one, many, burstOne, burstMany } = costs;
  // Beside the heartbeat, a connection that nothing comes over is asked every other second whether it is there.
  const pings = 1 + 0.5 / beat.count;
  return {
    // What is tracked costs nothing more to tell: the change itself was calibrated apart.
    tell: bus === 'tracking' ? { ms: 0, count: 0, bytes: 0 } : untold,
    message: { alone: message(many, one), further: message(burstMany, burstOne) },
    beat: { ms: beat.ms * pings, count: beat.count + 0.5, bytes: beat.bytes },
  };
}
