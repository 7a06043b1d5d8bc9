import { openProxy } from '@cache/conformance';
import { type CacheError, createCache } from '@cache/core';
import { type Server, startRedis } from '@cache/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silences } from '../../redis-shared/test/silence.ts';
import { type IoredisAdapterOptions, ioredisAdapter } from '../src/index.ts';

let server: Server;
let admin: Redis;

beforeAll(async () => {
  server = await startRedis({ controllable: true });
  admin = new Redis(server.url);
});
afterAll(async () => {
  admin.disconnect();
  await server.close();
});

async function roundTrip(options: IoredisAdapterOptions): Promise<unknown> {
  const cache = createCache({ adapter: ioredisAdapter(options) });
  try {
    await cache.ready({ timeout: '1s' });
    await cache.set('key', 'value');
    return await cache.get('key');
  } finally {
    await cache.close();
  }
}

describe('a connection of our own', () => {
  test('uses the database and the client name that it is given', async () => {
    const cache = createCache({
      adapter: ioredisAdapter({ url: server.url, database: 3, clientName: 'named-by-us' }),
    });
    await cache.set('key', 'value', { timeout: '5s' });
    expect(await admin.client('LIST')).toMatch(/name=named-by-us .*db=3/);
    await cache.close();
    expect(await admin.client('LIST')).not.toContain('named-by-us');
    await admin.select(3);
    expect(await admin.keys('*')).toEqual(expect.arrayContaining(['{cache}v:key', '{cache}r:']));
    await admin.select(0);
  });

  test('logs in with user and password, and never shows them', async () => {
    await admin.call('ACL', 'SETUSER', 'ada', 'on', '>s3cret-word', '~*', '+@all');
    expect(await roundTrip({ url: server.url, username: 'ada', password: 's3cret-word' })).toBe('value');
    const failure = await roundTrip({ url: server.url, username: 'ada', password: 'wr0ng-word' }).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({
      code: 'SERVER',
      retryable: false,
      message: expect.stringContaining('WRONGPASS'),
    });
    expect(everythingIn(failure)).not.toContain('wr0ng-word');
  });

  test('needs no more rights than the README says', async () => {
    const rights = ['+@read', '+@write', '+@scripting', '+@connection', '+info'];
    await admin.call('ACL', 'SETUSER', 'cache', 'on', '>pw', '~*', ...rights);
    const cache = createCache({
      adapter: ioredisAdapter({ url: server.url, username: 'cache', password: 'pw' }),
    });
    await cache.ready();
    await cache.set('key', 'value', { sliding: '5m' });
    expect(await cache.ttl('key')).toBeGreaterThan(0);
    expect(await cache.touch('key')).toBe(true);
    expect(await cache.getAndSet('key', 'other')).toBe('value');
    expect(await cache.increment('n')).toBe(1);
    expect(await cache.delete('key')).toBe(true);
    await cache.clear();
    await cache.close();
  });

  test('speaks TLS to a server that it trusts, and to no other', async () => {
    const secure = await startRedis({ tls: true });
    try {
      const ca = secure.tls?.ca ?? '';
      expect(await roundTrip({ url: secure.url, tls: { ca } })).toBe('value');
      const failure = await roundTrip({ url: secure.url }).catch((error) => error);
      expect(failure).toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      await secure.close();
    }
  });

  test.each([undefined, '', 'localhost:6379', 'http://localhost', 5])('refuses the url %s', (url) => {
    expect(() => ioredisAdapter({ url: url as string })).toThrow(/url must begin with redis:/);
  });
});

describe("the caller's client", () => {
  test('is neither closed nor changed, and its key prefix holds', async () => {
    const client = new Redis(server.url, { keyPrefix: 'app:' });
    expect(await roundTrip({ client })).toBe('value');
    expect(client.status).toBe('ready');
    expect(await client.get('{cache}v:key')).not.toBeNull();
    expect(await admin.exists('app:{cache}v:key')).toBe(1);
    client.disconnect();
  });

  test('may be one that has not connected', async () => {
    const client = new Redis(server.url, { lazyConnect: true });
    expect(await roundTrip({ client })).toBe('value');
    expect(client.status).toBe('wait');
  });

  test('must be one', () => {
    expect(() => ioredisAdapter({ client: {} as Redis })).toThrow(/must be an ioredis client/);
  });
});

describe('the connection facet', () => {
  test('tells when the server is lost and back, in one shape', async () => {
    const adapter = ioredisAdapter({ url: server.url });
    const cache = createCache({ adapter });
    await cache.ready();
    const kinds: string[] = [];
    const lost = new Promise<void>((resolve) => {
      adapter.connection.on((event) => {
        expect(event.endpoint).toBe(`127.0.0.1:${server.port}`);
        kinds.push(event.kind);
        if (event.kind === 'lost') resolve();
      });
    });
    await server.kill();
    await lost;
    await server.restart();
    await cache.ready();
    expect(kinds.at(0)).toBe('lost');
    expect(kinds.at(-1)).toBe('ready');
    await cache.close();
  });
});

test('what the server answers is told without the arguments', async () => {
  await admin.call('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+@read', '+@connection', '+info');
  const cache = createCache({
    adapter: ioredisAdapter({ url: server.url, username: 'reader', password: 'pw' }),
  });
  await cache.ready();
  const failure = (await cache.set('key', 'a-secret-value').catch((error) => error)) as CacheError;
  expect(failure).toMatchObject({ code: 'SERVER', outcome: 'not-applied', retryable: false });
  expect(failure.message).toContain('NOPERM');
  expect(everythingIn(failure)).not.toContain('a-secret-value');
  await cache.close();
});

test('a key that holds another kind of data is a WRONG_TYPE, and reads as absent', async () => {
  const adapter = ioredisAdapter({ url: server.url });
  const call = () => ({ deadline: performance.now() + 5000 });
  await adapter.connection.ready(call());
  await admin.lpush('a-list', 'x');
  expect(await adapter.read(['a-list'], call())).toEqual([{ ok: true, value: undefined }]);
  const [outcome] = await adapter.counters.add([{ key: 'a-list', by: 1n, initial: 0n, ttlMs: null }], call());
  expect(outcome).toMatchObject({ ok: false, error: { code: 'WRONG_TYPE', outcome: 'not-applied' } });
  await adapter.close();
});

test('scripts survive SCRIPT FLUSH', async () => {
  const cache = createCache({ adapter: ioredisAdapter({ url: server.url }) });
  await cache.increment('n', 1, { timeout: '5s' });
  await admin.script('FLUSH');
  expect(await cache.increment('n')).toBe(2);
  await cache.close();
});

/** The text of an error and of all its causes, properties included. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  return `${error.message} ${JSON.stringify(error)} ${error.stack} ${everythingIn(error.cause)}`;
}

silences(ioredisAdapter);

test('an answer that is long in coming is waited for as long as it comes, and a silence is not', async () => {
  const proxy = await openProxy({ target: server, protocol: 'resp' });
  const adapter = ioredisAdapter({ url: proxy.url('redis'), stallTimeoutMs: 1000 });
  const call = () => ({ deadline: performance.now() + 20_000 });
  await adapter.connection.ready(call());
  const payload = new Uint8Array(1_000_000);
  await adapter.write([{ key: 'large', payload, ttlMs: 60_000 }], call());
  const kinds: string[] = [];
  adapter.connection.on(({ kind }) => kinds.push(kind));
  proxy.slow({ bytesPerSecond: 400_000 });
  expect((await adapter.read(['large'], call()))[0]?.ok).toBe(true);
  expect(kinds).toEqual([]);
  proxy.heal();
  await server.freeze();
  const frozen = adapter.read(['large'], call());
  await expect.poll(() => kinds, { timeout: 10_000 }).toEqual(['error', 'lost']);
  expect(await frozen).toMatchObject([{ ok: false, error: { code: 'UNAVAILABLE' } }]);
  const patient = adapter.read(['large'], call());
  await server.thaw();
  expect((await patient)[0]?.ok).toBe(true);
  await adapter.close();
  await proxy.close();
});
