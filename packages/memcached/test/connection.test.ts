import { createCache } from '@cache/core';
import { type Server, startMemcached } from '@cache/servers';
import { Client } from 'memjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MemcachedAdapterOptions, memcachedAdapter } from '../src/index.ts';
import { Admin } from './admin.ts';
import { call, failureIn, payload, valueIn } from './call.ts';
import { openLoginPeer } from './login-peer.ts';

let server: Server;
let admin: Admin;
beforeAll(async () => {
  server = await startMemcached();
  admin = await Admin.connect(server);
});
afterAll(async () => {
  admin.close();
  await server.close();
});

async function roundTrip(options: MemcachedAdapterOptions): Promise<unknown> {
  const cache = createCache({ adapter: memcachedAdapter(options), timeout: '10s' });
  try {
    await cache.ready({ timeout: '10s' });
    await cache.set('key', 'value');
    return await cache.get('key');
  } finally {
    await cache.close();
  }
}

describe('where it connects', () => {
  test('a URL, a list of servers or of URLs', async () => {
    expect(await roundTrip({ url: server.url })).toBe('value');
    expect(await roundTrip({ servers: [`${server.host}:${server.port}`] })).toBe('value');
    expect(await roundTrip({ servers: [server.url] })).toBe('value');
  });

  test("the servers of the caller's client, which is neither closed nor changed", async () => {
    const client = Client.create(`${server.host}:${server.port}`, { retries: 1 });
    await client.set('theirs', 'before', {});
    expect(await roundTrip({ client })).toBe('value');
    expect(String((await client.get('theirs')).value)).toBe('before');
    client.close();
  });

  test('a prefix stands before every key and shortens the longest one', async () => {
    const adapter = memcachedAdapter({ url: server.url, prefix: 'app:' });
    expect(adapter.limits.maxKeyBytes).toBe(246);
    await adapter.connection.ready(call());
    await valueIn(adapter.write([{ key: 'k', payload: payload('x'), ttlMs: 60_000 }], call()));
    expect(await admin.secondsLeft('app:k')).toBeGreaterThan(50);
    await adapter.close();
  });

  test.each([
    [{ url: '' }, /url must begin with memcached:/],
    [{ url: 'localhost:11211' }, /url must begin with memcached:/],
    [{ url: 'redis://localhost' }, /url must begin with memcached:/],
    [{ url: 5 }, /url must begin with memcached:/],
    [{}, /url must begin with memcached:/],
    [{ servers: [] }, /at least one server/],
    [{ servers: 'localhost' }, /must be a list/],
    [{ servers: ['http://a'] }, /each of servers/],
    [{ servers: ['a:1', 'a:1'] }, /listed twice/],
    [{ client: {} }, /must be a memjs client/],
    [{ client: { servers: [{ host: 'a', port: Number.NaN }] } }, /no host and port/],
    [{ url: 'memcached://a', stallTimeoutMs: 0 }, /stallTimeoutMs must be/],
    [{ url: 'memcached://a', maxValueBytes: 1.5 }, /maxValueBytes must be/],
    [{ url: 'memcached://a', prefix: 'x'.repeat(123) }, /prefix must not exceed 122 bytes/],
  ])('refuses %j', (options, message) => {
    expect(() => memcachedAdapter(options as MemcachedAdapterOptions)).toThrow(message);
  });
});

describe('a login', () => {
  test('goes with each connection', async () => {
    const peer = await openLoginPeer('ada', 's3cret:w@rd');
    const url = `memcached://ada:${encodeURIComponent('s3cret:w@rd')}@127.0.0.1:${peer.port}`;
    const adapter = memcachedAdapter({ url });
    await adapter.connection.ready(call());
    await adapter.close();
    await peer.close();
  });

  test('that is missing or refused is told at once, without the password', async () => {
    const peer = await openLoginPeer('ada', 'another-word');
    for (const login of [{}, { username: 'ada', password: 's3cret-word' }]) {
      const adapter = memcachedAdapter({ url: `memcached://127.0.0.1:${peer.port}`, ...login });
      const startedAt = performance.now();
      for (const _attempt of [1, 2]) {
        const error = await adapter.connection.ready(call(20_000)).catch((caught) => caught);
        expect(error).toMatchObject({ code: 'SERVER', retryable: false, outcome: 'not-applied' });
        expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain('s3cret-word');
      }
      const failure = await failureIn(adapter.read(['a'], call(200)));
      expect(failure).toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('authentication'),
      });
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      await adapter.close();
    }
    await peer.close();
  });

  test('is not taken from the environment', async () => {
    process.env.MEMCACHE_USERNAME = 'from-the-environment';
    process.env.MEMCACHE_PASSWORD = 'from-the-environment';
    try {
      expect(await roundTrip({ url: server.url })).toBe('value');
    } finally {
      delete process.env.MEMCACHE_USERNAME;
      delete process.env.MEMCACHE_PASSWORD;
    }
  });
});

test('the server facet tells what each server says of itself, and what was counted here', async () => {
  const other = await startMemcached({ controllable: true, memory: 32 });
  const adapter = memcachedAdapter({ servers: [server.url, other.url] });
  await adapter.connection.ready(call());
  const writes = Array.from({ length: 50 }, (_, i) => ({
    key: `report-${i}`,
    payload: payload('x'),
    ttlMs: 60_000,
  }));
  await adapter.write(writes, call());
  await adapter.read(['report-1', '', 'absent'], call());
  const reports = await adapter.server.report(call());
  expect(reports).toMatchObject([
    {
      ok: true,
      value: {
        server: 'memcached',
        endpoint: `127.0.0.1:${server.port}`,
        version: server.version,
        evicts: true,
      },
    },
    {
      ok: true,
      value: { endpoint: `127.0.0.1:${other.port}`, memoryLimitBytes: 32 * 1_048_576, evicts: true },
    },
  ]);
  const [, report] = reports;
  expect(report?.ok && report.value.keys).toBeGreaterThan(5);
  expect(report?.ok && report.value.memoryUsedBytes).toBeGreaterThan(500);
  expect(adapter.server.client()).toEqual({ inFlight: 0, completed: 52, failed: 1 });
  await other.kill();
  expect(await adapter.server.report(call(2000))).toMatchObject([
    { ok: true },
    { ok: false, error: { code: 'UNAVAILABLE' } },
  ]);
  await adapter.close();
  await other.close();
});

describe('limits', () => {
  test('the longest key with the largest value fits, and one byte more is refused and leaves the old one', async () => {
    const adapter = memcachedAdapter({ url: server.url });
    await adapter.connection.ready(call());
    const key = 'k'.repeat(250);
    const { maxValueBytes } = adapter.limits;
    const largest = Buffer.alloc(maxValueBytes, 'x');
    expect((await valueIn(adapter.write([{ key, payload: largest, ttlMs: 60_000 }], call()))).written).toBe(
      true,
    );
    const larger = Buffer.alloc(maxValueBytes + 1, 'y');
    const failure = await failureIn(adapter.write([{ key, payload: larger, ttlMs: 60_000 }], call()));
    expect(failure).toMatchObject({ code: 'VALUE_TOO_LARGE', outcome: 'not-applied', retryable: false });
    expect(largest.equals((await valueIn(adapter.read([key], call())))?.payload as Uint8Array)).toBe(true);
    await adapter.close();
  });

  test('a server that takes less than it was said to says so, and the old value may be gone', async () => {
    const adapter = memcachedAdapter({ url: server.url, maxValueBytes: 4_000_000 });
    await adapter.connection.ready(call());
    await valueIn(adapter.write([{ key: 'k', payload: payload('old'), ttlMs: 60_000 }], call()));
    const large = { key: 'k', payload: Buffer.alloc(2_000_000), ttlMs: 60_000 };
    const failure = await failureIn(adapter.write([large], call()));
    expect(failure).toMatchObject({ code: 'VALUE_TOO_LARGE', outcome: 'unknown' });
    expect(await valueIn(adapter.read(['k'], call()))).toBeUndefined();
    await adapter.close();
  });

  test.each(['', 'k'.repeat(251), 'é'.repeat(126)])(
    'a key of no or too many bytes is refused, alone',
    async (key) => {
      const adapter = memcachedAdapter({ url: server.url });
      await adapter.connection.ready(call());
      const outcomes = await adapter.read([key, 'fine'], call());
      expect(outcomes).toMatchObject([
        { ok: false, error: { code: 'INVALID_KEY', outcome: 'not-applied' } },
        { ok: true },
      ]);
      await adapter.close();
    },
  );
});

test('a peer that speaks something else is not taken for a server', async () => {
  const { createServer } = await import('node:net');
  const other = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'.repeat(3)));
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const adapter = memcachedAdapter({ servers: [`127.0.0.1:${port}`], stallTimeoutMs: 300 });
  await expect(adapter.connection.ready(call(800))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await adapter.close();
  await new Promise((resolve) => other.close(resolve));
});
