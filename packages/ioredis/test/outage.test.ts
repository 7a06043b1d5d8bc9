import { type Cache, type CacheError, createCache } from '@cache/core';
import { type Server, startRedis } from '@cache/servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type IoredisAdapter, ioredisAdapter } from '../src/index.ts';

// Every call below has this deadline, unless it has to succeed. The bound is wide because the machine may be busy, and
// far below what ends a call otherwise.
const TIMEOUT_MS = 300;
const BOUND_MS = 10_000;
const STALL_MS = 60_000;
const PATIENT = { timeout: '10s' } as const;

let server: Server;
let client: Redis;
let cache: Cache<IoredisAdapter>;
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  server = await startRedis({ controllable: true });
});

afterAll(async () => {
  process.off('unhandledRejection', onRejection);
  await server.close();
});

beforeEach(async () => {
  await server.restart();
  // The driver's defaults: an unbounded offline queue, 20 retries, resending.
  client = new Redis(server.url);
  client.on('error', () => undefined);
  const adapter = ioredisAdapter({ client, stallTimeoutMs: STALL_MS, connectTimeoutMs: 2000 });
  cache = createCache({ adapter, timeout: TIMEOUT_MS });
  await cache.ready(PATIENT);
});

afterEach(async () => {
  await cache.close();
  client.disconnect();
  expect(rejections).toEqual([]);
});

interface Tally {
  longestMs: number;
  readonly written: string[];
  readonly unknown: string[];
  readonly notApplied: string[];
  readonly codes: Set<string>;
}

/** Writes and reads, some each turn, until told to stop; every call must settle. */
function load(prefix: string): { stop(): Promise<Tally> } {
  const tally: Tally = { longestMs: 0, written: [], unknown: [], notApplied: [], codes: new Set() };
  const calls: Promise<void>[] = [];
  let running = true;
  let count = 0;
  const timed = async (call: Promise<unknown>, key?: string): Promise<void> => {
    const startedAt = performance.now();
    try {
      await call;
      if (key !== undefined) tally.written.push(key);
    } catch (caught) {
      const { code, outcome } = caught as CacheError;
      tally.codes.add(code);
      (outcome === 'unknown' ? tally.unknown : tally.notApplied).push(key ?? 'read');
    }
    tally.longestMs = Math.max(tally.longestMs, performance.now() - startedAt);
  };
  const turn = (): void => {
    if (!running) return;
    for (let i = 0; i < 5; i += 1) {
      const key = `${prefix}:${count}`;
      count += 1;
      calls.push(timed(cache.set(key, 'old'), key), timed(cache.get(key)));
    }
    setImmediate(turn);
  };
  turn();
  return {
    async stop() {
      running = false;
      await Promise.all(calls);
      return tally;
    },
  };
}

const until = async (condition: () => boolean | Promise<boolean>, boundMs = 10_000): Promise<void> => {
  const end = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the condition did not come about');
    await new Promise((resolve) => setImmediate(resolve));
  }
};

const errorsSeen = (code: string): (() => boolean) => {
  let seen = false;
  cache.on('error', ({ error }) => {
    seen ||= error.code === code;
  });
  return () => seen;
};

describe('a server frozen under load, the client made by ioredis’ defaults', () => {
  test('no call outlives its deadline, and nothing is written after the caller was told that it was not', async () => {
    const work = load('freeze');
    await until(() => cache.stats().writes > 100);
    await server.freeze();
    const unavailable = errorsSeen('UNAVAILABLE');
    await until(unavailable);
    const tally = await work.stop();
    expect(tally.longestMs).toBeLessThan(BOUND_MS);
    // BUSY: so many batches wait that further calls must, too.
    expect([...tally.codes].filter((code) => code !== 'BUSY').sort()).toEqual(['TIMEOUT', 'UNAVAILABLE']);
    expect(tally.notApplied.length).toBeGreaterThan(0);

    await server.thaw();
    await cache.ready(PATIENT);
    // What was refused never comes; newer values are not overwritten by what was under way.
    const refused = tally.notApplied.filter((key) => key !== 'read');
    const all = [...tally.written, ...tally.unknown];
    await cache.setMany(
      all.map((key) => [key, 'new']),
      PATIENT,
    );
    await cache.get('round-trip', PATIENT);
    expect(new Set(await cache.getMany(all, PATIENT))).toEqual(new Set(['new']));
    expect(new Set(await cache.getMany(refused, PATIENT))).toEqual(new Set([undefined]));
  });
});

describe('a server killed under load', () => {
  test('no call outlives its deadline, nothing is resent, and service comes back by itself', async () => {
    const work = load('kill');
    await until(() => cache.stats().writes > 100);
    await server.kill();
    const unavailable = errorsSeen('UNAVAILABLE');
    await until(unavailable);
    const tally = await work.stop();
    expect(tally.longestMs).toBeLessThan(BOUND_MS);

    await server.restart();
    await cache.ready(PATIENT);
    // It came back empty: whatever is there now was written after the caller had been told otherwise.
    const probe = new Redis(server.url);
    expect(await probe.dbsize()).toBe(0);
    probe.disconnect();
    await cache.set('after', 1, PATIENT);
    expect(await cache.get('after', PATIENT)).toBe(1);
  });
});

describe('a server that is away', () => {
  test('refuses within the deadline, says why, and ready() waits for it', async () => {
    await server.kill();
    const away = createCache({ adapter: ioredisAdapter({ url: server.url }), timeout: TIMEOUT_MS });
    const startedAt = performance.now();
    await expect(away.set('a', 1)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'not-applied',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await expect(away.ready({ timeout: 100 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await away.get('a')).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(2 * BOUND_MS);
    await server.restart();
    await away.ready(PATIENT);
    await away.set('a', 1, PATIENT);
    expect(await away.get('a', PATIENT)).toBe(1);
    await away.close();
  });

  test('does not keep a loader from running', async () => {
    await server.kill();
    expect(await cache.getOrSet('a', () => 'loaded')).toBe('loaded');
    await server.restart();
  });
});
