import { FakeClock } from '@cache/conformance';
import { createCache } from '@cache/core';
import { type Server, startMemcached } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MemcachedAdapter, memcachedAdapter } from '../src/index.ts';
import { Admin } from './admin.ts';
import { call, payload, valueIn } from './call.ts';

const DAY = 86_400_000;

let server: Server;
let admin: Admin;
let adapter: MemcachedAdapter;

beforeAll(async () => {
  server = await startMemcached();
  admin = await Admin.connect(server);
});
afterAll(async () => {
  admin.close();
  await server.close();
});
beforeEach(async () => {
  adapter = memcachedAdapter({ url: server.url });
  await adapter.connection.ready(call());
});
afterEach(() => adapter.close());

const put = (key: string, ttlMs: number | null) => {
  return valueIn(adapter.write([{ key, payload: payload('x'), ttlMs }], call()));
};

describe('what the server is told', () => {
  test.each([
    [1, 2],
    [500, 2],
    [1000, 2],
    [1001, 3],
    [59_999, 61],
    [29 * DAY, 29 * 86_400 + 1],
  ])(
    '%d ms are %d of its ticks: rounded up, and one more since the first may be nearly over',
    async (ttlMs, ticks) => {
      const startedAt = performance.now();
      await put('ttl', ttlMs);
      const left = await admin.secondsLeft('ttl');
      await put('touched', null);
      await valueIn(adapter.touch([{ key: 'touched', ttlMs }], call()));
      const leftOfTouched = await admin.secondsLeft('touched');
      // A tick may have passed meanwhile, and on a busy machine more.
      const passed = 1 + Math.floor((performance.now() - startedAt) / 1000);
      for (const seconds of [left, leftOfTouched]) {
        expect(seconds).toBeLessThanOrEqual(ticks);
        expect(seconds).toBeGreaterThanOrEqual(ticks - passed);
      }
    },
  );

  test.each([30 * DAY, 30 * DAY + 1, 31 * DAY, 400 * DAY, 20_000 * DAY])(
    '%d ms are a date, since it would read the number as one',
    async (ttlMs) => {
      await put('ttl', ttlMs);
      expect(Math.abs(((await admin.secondsLeft('ttl')) as number) - ttlMs / 1000)).toBeLessThanOrEqual(2);
    },
  );

  test.each([36_525 * DAY, Number.MAX_SAFE_INTEGER])(
    '%d ms end with the protocol’s last second',
    async (ttlMs) => {
      await put('ttl', ttlMs);
      const end = Date.now() / 1000 + ((await admin.secondsLeft('ttl')) as number);
      expect(Math.abs(end - 0xffff_fffe)).toBeLessThanOrEqual(3);
    },
  );

  test('null has no end', async () => {
    await put('ttl', null);
    expect(await admin.secondsLeft('ttl')).toBe(-1);
  });
});

test('a life is never shorter than asked, and at most two seconds longer', { timeout: 20_000 }, async () => {
  const lives = [1, 700, 1000, 1300, 2100];
  const observed = await Promise.all(
    lives.map(async (ttlMs, index) => {
      const startedAt = performance.now();
      await put(`life-${index}`, ttlMs);
      while ((await valueIn(adapter.read([`life-${index}`], call()))) !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return performance.now() - startedAt - ttlMs;
    }),
  );
  for (const late of observed) {
    expect(late).toBeGreaterThanOrEqual(0);
    // As far as can be seen from here: what the server is told is exact, above.
    expect(late).toBeLessThan(4000);
  }
});

test('a cache over it is exact to the millisecond, since the entry keeps its end', async () => {
  const clock = new FakeClock();
  const cache = createCache({ adapter, clock, ownsAdapter: false, namespace: 'exact', timeout: '5s' });
  await cache.set('a', 1, { ttl: 3_600_300 });
  clock.advance(3_600_299);
  expect(await cache.get('a')).toBe(1);
  clock.advance(1);
  expect(await cache.get('a')).toBeUndefined();
  expect(await valueIn(adapter.read(['{exact}v:a'], call()))).toBeDefined();
  await cache.close();
});

test('a hit renews a sliding entry on the server', async () => {
  const cache = createCache({ adapter, ownsAdapter: false, namespace: 'slide', timeout: '5s' });
  await cache.set('a', 'value', { sliding: '1h' });
  const key = '{slide}v:a';
  await valueIn(adapter.touch([{ key, ttlMs: 60_000 }], call()));
  expect(await admin.secondsLeft(key)).toBeLessThan(100);
  expect(await cache.get('a')).toBe('value');
  await cache.get('after the renewal');
  await expect.poll(() => admin.secondsLeft(key)).toBeGreaterThan(3000);
  expect(await cache.get('a')).toBe('value');
  await cache.close();
});

test('a touch on a version gives the life in one atomic step, and a new version', async () => {
  const written = await put('conditional', 60_000);
  const when = { version: written.written ? written.version : '' };
  const touches = [
    adapter.touch([{ key: 'conditional', ttlMs: 3_600_000, when }], call()),
    adapter.remove([{ key: 'conditional', when }], call()),
  ];
  // The removal was called second, so it finds the version of the touch.
  expect(await Promise.all(touches.map(valueIn))).toEqual([true, false]);
  expect(await admin.secondsLeft('conditional')).toBeGreaterThan(3500);
});
