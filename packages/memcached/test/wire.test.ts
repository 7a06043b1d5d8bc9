import { type FaultProxy, openProxy } from '@cache/conformance';
import { type Cache, type CacheError, createCache } from '@cache/core';
import { type Server, startMemcached } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MemcachedAdapter, memcachedAdapter } from '../src/index.ts';
import { call, failureIn, payload, until, valueIn } from './call.ts';

/** For calls that are not to succeed. */
const SOON = { timeout: 300 };

let server: Server;
let proxy: FaultProxy;
let adapter: MemcachedAdapter;
let cache: Cache<MemcachedAdapter>;
const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  server = await startMemcached();
});
afterAll(async () => {
  process.off('unhandledRejection', onRejection);
  await server.close();
});

beforeEach(async () => {
  proxy = await openProxy({ target: server, protocol: 'memcached' });
  adapter = memcachedAdapter({ url: proxy.url('memcached') });
  cache = createCache({ adapter, timeout: '10s', namespace: `wire-${proxy.port}` });
  await cache.ready();
  await cache.set('a', 'before');
});
afterEach(async () => {
  await cache.close();
  expect(proxy.failures).toEqual([]);
  await proxy.close();
  expect(rejections).toEqual([]);
});

const errorOf = async (promise: Promise<unknown>): Promise<CacheError | undefined> => {
  return await promise.then(
    () => undefined,
    (error: CacheError) => error,
  );
};

test('1,000 increments through a connection that is cut again and again are applied at most once each', async () => {
  const moments = ['before-request', 'after-request', 'mid-reply', 'before-reply'] as const;
  let confirmed = 0;
  let unknown = 0;
  for (let i = 0; i < 1000; i += 1) {
    if (i % 8 === 0) proxy.cutOn('INCREMENT', { when: moments[(i / 8) % 4] ?? 'mid-reply' });
    const error = await errorOf(cache.increment('n', 1));
    if (error === undefined) confirmed += 1;
    else if (error.outcome === 'unknown') unknown += 1;
    else expect(error.outcome).toBe('not-applied');
  }
  const total = await cache.increment('n', 0);
  expect(unknown).toBeGreaterThan(50);
  expect(total).toBeGreaterThanOrEqual(confirmed);
  expect(total).toBeLessThanOrEqual(confirmed + unknown);
}, 60_000);

describe('every call settles and says truthfully what became of it', () => {
  test.each([
    ['cut before the request reaches the server', () => proxy.cutOn('SET', { when: 'before-request' })],
    ['cut after the server has it', () => proxy.cutOn('SET', { when: 'after-request' })],
    ['cut half way through the reply', () => proxy.cutOn('SET', { when: 'mid-reply' })],
    ['the reply swallowed', () => proxy.drop('SET', { direction: 'reply' })],
    ['a black hole', () => proxy.blackHole()],
  ])('%s', async (_name, disturb) => {
    disturb();
    const error = await errorOf(cache.set('a', 'after', SOON));
    expect(error).toMatchObject({
      name: 'CacheError',
      operation: 'set',
      key: 'a',
      outcome: 'unknown',
      retryable: true,
    });
    expect(['TIMEOUT', 'UNAVAILABLE']).toContain(error?.code);
    proxy.heal();
    expect(['before', 'after']).toContain(await cache.get('a'));
    await cache.set('a', 'later');
    expect(await cache.get('a')).toBe('later');
  });

  test('a server that half closes', async () => {
    proxy.fin();
    const settled = await Promise.allSettled([
      cache.set('a', 'after', SOON),
      cache.get('a', SOON),
      cache.delete('b', SOON),
    ]);
    expect(settled).toHaveLength(3);
    await cache.set('a', 'later');
    expect(await cache.get('a')).toBe('later');
  });

  test('a server that is slow', async () => {
    proxy.slow({ latencyMs: 1500 });
    expect(await errorOf(cache.set('a', 'after', SOON))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
    });
    proxy.slow();
    await cache.set('a', 'later');
    expect(await cache.get('a')).toBe('later');
  });

  test('a batch that is cut in the middle knows which of its items were answered', async () => {
    let seen = 0;
    const isThird = ({ command }: { readonly command: string }): boolean => {
      if (command === 'SET') seen += 1;
      return seen === 3;
    };
    proxy.cutOn(isThird, { when: 'mid-reply' });
    const writes = [1, 2, 3, 4].map((i) => ({
      key: `${proxy.port}:${i}`,
      payload: payload('x'),
      ttlMs: 60_000,
    }));
    const outcomes = await adapter.write(writes, call());
    expect(outcomes.map((outcome) => (outcome.ok ? 'written' : outcome.error.outcome))).toEqual([
      'written',
      'written',
      'unknown',
      'unknown',
    ]);
  });

  test('half a reply of a lost connection is no part of the next one', async () => {
    for (let i = 0; i < 5; i += 1) {
      proxy.cutOn('GETQ', { when: 'mid-reply' });
      await cache.get('a', SOON);
      expect(await cache.get('a')).toBe('before');
    }
  });
});

test('while an answer is overdue nothing more is handed over', async () => {
  proxy.blackHole({ buffer: true });
  expect(await errorOf(cache.set('a', 'first', SOON))).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  expect(await errorOf(cache.set('a', 'second', SOON))).toMatchObject({
    code: 'UNAVAILABLE',
    outcome: 'not-applied',
  });
  proxy.heal();
  expect(await cache.get('a')).not.toBe('second');
});

test('a server that owes an answer for too long loses its connection', async () => {
  const impatient = memcachedAdapter({ url: proxy.url('memcached'), stallTimeoutMs: 200 });
  await impatient.connection.ready(call());
  const lost = new Promise<void>((resolve) => {
    impatient.connection.on(({ kind }) => kind === 'lost' && resolve());
  });
  proxy.blackHole();
  const failure = await failureIn(impatient.remove([{ key: 'x' }], call(10_000)));
  expect(failure).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  await lost;
  proxy.heal();
  expect(await valueIn(impatient.remove([{ key: 'x' }], call()))).toBe(false);
  await impatient.close();
});

test('a process that slept does not take its own silence for that of the server', async () => {
  const sleeper = memcachedAdapter({ url: server.url, stallTimeoutMs: 1000 });
  await sleeper.connection.ready(call());
  const kinds: string[] = [];
  sleeper.connection.on(({ kind }) => kinds.push(kind));
  for (let i = 0; i < 2; i += 1) {
    const answer = sleeper.read(['a'], call());
    await new Promise(setImmediate);
    const end = performance.now() + 1200;
    while (performance.now() < end);
    expect((await answer)[0]?.ok).toBe(true);
  }
  expect(kinds).toEqual([]);
  await sleeper.close();
});

test('a version is void after a reconnect', async () => {
  const item = { key: `${proxy.port}:v`, payload: payload('x'), ttlMs: 60_000 };
  const written = await valueIn(adapter.write([item], call()));
  if (!written.written) throw new Error('refused');
  const when = { version: written.version };
  proxy.cut();
  await until(async () => (await adapter.read([item.key], call()))[0]?.ok === true);
  expect(await valueIn(adapter.write([{ ...item, when }], call()))).toEqual({ written: false });
  expect(await valueIn(adapter.remove([{ key: item.key, when }], call()))).toBe(false);
  expect(await valueIn(adapter.touch([{ key: item.key, ttlMs: 5, when }], call()))).toBe(false);
  const now = await valueIn(adapter.read([item.key], call()));
  expect(
    await valueIn(adapter.remove([{ key: item.key, when: { version: now?.version ?? '' } }], call())),
  ).toBe(true);
});

test('a hit is one round trip, and so are a hundred of one turn, a write and an addition', async () => {
  await cache.setMany(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]));
  const roundTripsOf = async (run: () => Promise<unknown>): Promise<number> => {
    proxy.reset();
    await run();
    return proxy.stats().roundTrips;
  };
  expect(await roundTripsOf(() => cache.get('a'))).toBe(1);
  expect(
    await roundTripsOf(() => Promise.all(Array.from({ length: 100 }, (_, i) => cache.get(`k${i}`)))),
  ).toBe(1);
  expect(await roundTripsOf(() => cache.set('a', 'after'))).toBe(1);
  const addition = { key: `${proxy.port}:n`, by: 1n, initial: 0n, ttlMs: 60_000 };
  // A new counter is told the date of its end.
  expect(await roundTripsOf(() => adapter.counters.add([addition], call()))).toBe(2);
  expect(await roundTripsOf(() => adapter.counters.add([addition, addition], call()))).toBe(1);
});

test('in the steady state a hit with two tags is one round trip', async () => {
  const options = { tags: ['one', 'two'], timeout: '5s' } as const;
  await cache.getOrSet('tagged', () => 1, options);
  await cache.get('tagged', { timeout: '5s' });
  for (const hit of [
    () => cache.get('tagged', { timeout: '5s' }),
    () => cache.getOrSet('tagged', () => 2, options),
  ]) {
    proxy.reset();
    expect(await hit()).toBe(1);
    expect(proxy.stats().roundTrips).toBe(1);
  }
});
