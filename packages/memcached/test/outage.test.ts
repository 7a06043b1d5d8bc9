import { type Cache, type CacheError, createCache } from '@cache/core';
import { type Server, startMemcached } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MemcachedAdapter, memcachedAdapter } from '../src/index.ts';
import { Admin } from './admin.ts';
import { call, payload, until, valueIn } from './call.ts';

// Every call below has this deadline, unless it has to succeed. The bound is wide because the machine may be busy, and
// far below what ends a call otherwise.
const TIMEOUT_MS = 300;
const BOUND_MS = 10_000;
const STALL_MS = 60_000;
const PATIENT = { timeout: '10s' } as const;

let server: Server;
let adapter: MemcachedAdapter;
let cache: Cache<MemcachedAdapter>;
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  server = await startMemcached({ controllable: true });
});
afterAll(async () => {
  process.off('unhandledRejection', onRejection);
  await server.close();
});

beforeEach(async () => {
  await server.restart();
  adapter = memcachedAdapter({ url: server.url, stallTimeoutMs: STALL_MS, connectTimeoutMs: 2000 });
  cache = createCache({ adapter, timeout: TIMEOUT_MS });
  await cache.ready(PATIENT);
});
afterEach(async () => {
  await cache.close();
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
  const timed = async (promise: Promise<unknown>, key?: string): Promise<void> => {
    const startedAt = performance.now();
    try {
      await promise;
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

const errorsSeen = (code: string): (() => boolean) => {
  let seen = false;
  cache.on('error', ({ error }) => {
    seen ||= error.code === code;
  });
  return () => seen;
};

describe('a server frozen under load', () => {
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
      all.map((key) => [key, 'new', PATIENT]),
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
    for (const key of tally.notApplied) expect(await cache.get(key, PATIENT)).toBeUndefined();
    await cache.set('after', 1, PATIENT);
    expect(await cache.get('after', PATIENT)).toBe(1);
  });

  test('a version of before does not hold after, though the server counts from 1 again', async () => {
    const item = { key: 'v', payload: payload('old'), ttlMs: 60_000 };
    const before = await valueIn(adapter.write([item], call()));
    await server.restart();
    await adapter.connection.ready(call());
    // The same count of writes as before the restart, so that the numbers meet.
    for (let i = 0; i < 5; i += 1) {
      const again = await valueIn(adapter.write([{ ...item, payload: payload('new') }], call()));
      expect(again).not.toEqual(before);
      const when = { version: before.written ? before.version : '' };
      expect(await valueIn(adapter.write([{ ...item, when }], call()))).toEqual({ written: false });
    }
  });
});

describe('a server that is away', () => {
  test('refuses within the deadline, says why, and ready() waits for it', async () => {
    await server.kill();
    const away = createCache({ adapter: memcachedAdapter({ url: server.url }), timeout: TIMEOUT_MS });
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

  test('is not waited for by close, and nothing is left', async () => {
    await server.kill();
    const away = memcachedAdapter({ url: server.url });
    const pending = away.read(['a'], call(60_000));
    await away.close();
    expect(await pending).toMatchObject([{ ok: false, error: { code: 'CLOSED', outcome: 'not-applied' } }]);
  });
});

test('a frozen server that accepts connections is not ready', async () => {
  await server.freeze();
  const frozen = memcachedAdapter({ url: server.url });
  await expect(frozen.connection.ready(call(300))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await server.thaw();
  await frozen.connection.ready(call());
  await frozen.close();
});

test('closing leaves no connection, timer or socket behind, whatever the server does', async () => {
  const resources = (): string[] =>
    process.getActiveResourcesInfo().filter((name) => /Timeout|TCP/.test(name));
  const held = resources().length;
  for (const trouble of ['freeze', 'kill', undefined] as const) {
    const one = memcachedAdapter({ url: server.url });
    await one.connection.ready(call());
    if (trouble !== undefined) await server[trouble]();
    const pending = one.write([{ key: 'k', payload: payload('x'), ttlMs: 5 }], call(200));
    await one.close();
    expect(await pending).toHaveLength(1);
    await until(() => resources().length <= held);
    await server.restart();
    await cache.ready(PATIENT);
  }
});

test('closing ends the connection on the server', async () => {
  const admin = await Admin.connect(server);
  const connections = async (): Promise<number> => {
    const { port, host } = server;
    const other = await Admin.connect({ host, port });
    const text = await other.stats();
    other.close();
    return Number(/STAT curr_connections (\d+)/.exec(text)?.[1]);
  };
  const before = await connections();
  const more = Array.from({ length: 5 }, () => memcachedAdapter({ url: server.url }));
  await Promise.all(more.map((one) => one.connection.ready(call())));
  // The server takes its time to notice that the one which asked has gone.
  await until(async () => (await connections()) === before + 5);
  await Promise.all(more.map((one) => one.close()));
  await until(async () => (await connections()) === before);
  admin.close();
});
