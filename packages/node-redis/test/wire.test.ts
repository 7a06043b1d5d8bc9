import { type FaultProxy, openProxy } from '@cache/conformance';
import { type Cache, type CacheError, createCache } from '@cache/core';
import { type Server, startRedis } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type NodeRedisAdapter, nodeRedisAdapter } from '../src/index.ts';
import { connected, type DriverClient } from './driver.ts';

/** For calls that are not to succeed. */
const SOON = { timeout: 300 };

let server: Server;
let proxy: FaultProxy;
let client: DriverClient;
let cache: Cache<NodeRedisAdapter>;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

beforeEach(async () => {
  proxy = await openProxy({ target: server, protocol: 'resp' });
  client = await connected(proxy.url('redis'));
  cache = createCache({
    adapter: nodeRedisAdapter({ client }),
    timeout: '10s',
    namespace: `wire-${proxy.port}`,
  });
  await cache.ready();
  await cache.set('a', 'before');
});

afterEach(async () => {
  await cache.close();
  client.destroy();
  await proxy.close();
});

const failureOf = async (call: Promise<unknown>): Promise<CacheError> => {
  const caught = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  return caught as CacheError;
};

test('increments through a connection that is cut again and again are applied at most once each', async () => {
  let confirmed = 0;
  let unknown = 0;
  for (let i = 0; i < 200; i += 1) {
    if (i % 4 === 0) {
      const when = (['before-request', 'after-request', 'mid-reply', 'before-reply'] as const)[(i / 4) % 4];
      proxy.cutOn('EVAL', { when: when ?? 'after-request' });
    }
    const error = await failureOf(cache.increment('n', 1));
    if (error === undefined) confirmed += 1;
    else if (error.outcome === 'unknown') unknown += 1;
    else expect(error.outcome).toBe('not-applied');
  }
  const total = await cache.increment('n', 0);
  expect(unknown).toBeGreaterThan(0);
  expect(total).toBeGreaterThanOrEqual(confirmed);
  expect(total).toBeLessThanOrEqual(confirmed + unknown);
});

describe('every call settles and says truthfully what became of it', () => {
  test.each([
    ['cut before the request reaches the server', () => proxy.cutOn('SET', { when: 'before-request' })],
    ['cut after the server has it', () => proxy.cutOn('SET', { when: 'after-request' })],
    ['cut half way through the reply', () => proxy.cutOn('SET', { when: 'mid-reply' })],
    ['the reply swallowed', () => proxy.drop('SET', { direction: 'reply' })],
    ['a black hole', () => proxy.blackHole()],
  ])('%s', async (_name, disturb) => {
    disturb();
    const error = await failureOf(cache.set('a', 'after', SOON));
    expect(error).toMatchObject({
      name: 'CacheError',
      operation: 'set',
      key: 'a',
      outcome: 'unknown',
      retryable: true,
    });
    expect(['TIMEOUT', 'UNAVAILABLE']).toContain(error.code);
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
    expect(await failureOf(cache.set('a', 'after', SOON))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
    });
    proxy.slow();
    await cache.set('a', 'later');
    expect(await cache.get('a')).toBe('later');
  });
});

test('while an answer is overdue nothing more is handed over', async () => {
  proxy.blackHole({ buffer: true });
  expect(await failureOf(cache.set('a', 'first', SOON))).toMatchObject({
    code: 'TIMEOUT',
    outcome: 'unknown',
  });
  expect(await failureOf(cache.set('a', 'second', SOON))).toMatchObject({
    code: 'UNAVAILABLE',
    outcome: 'not-applied',
  });
  proxy.heal();
  expect(await cache.get('a')).not.toBe('second');
});

test('a hit is one round trip, and so are a hundred of one turn', async () => {
  await cache.setMany(Array.from({ length: 100 }, (_, i) => [`k${i}`, i]));
  proxy.reset();
  expect(await cache.get('a')).toBe('before');
  expect(proxy.stats().roundTrips).toBe(1);
  proxy.reset();
  await Promise.all(Array.from({ length: 100 }, (_, i) => cache.get(`k${i}`)));
  expect(proxy.stats().roundTrips).toBe(1);
  proxy.reset();
  await cache.set('a', 'after');
  expect(proxy.stats().roundTrips).toBe(1);
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
