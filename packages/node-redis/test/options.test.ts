import { readFile } from 'node:fs/promises';
import { createServer, type Server as TcpServer } from 'node:net';
import { openProxy } from '@cache/conformance';
import { type ConnectionEvent, createCache } from '@cache/core';
import { ioredisAdapter } from '@cache/ioredis';
import { type Server, startRedis } from '@cache/servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeRedisAdapter } from '../src/index.ts';
import { connected, type DriverClient } from './driver.ts';

// The options of both Redis adapters are one shape, so they are proved together.
const MAKERS = { ioredisAdapter, nodeRedisAdapter };

let server: Server;
let admin: DriverClient;

beforeAll(async () => {
  server = await startRedis({ controllable: true });
  admin = await connected(server.url);
});
afterAll(async () => {
  admin.destroy();
  await server.close();
});

const within = (ms: number): { readonly deadline: number } => ({ deadline: performance.now() + ms });

/** Peers that accept and end, or say nothing; how often they were connected to. */
async function peer(answer: 'end' | 'silence'): Promise<{ url: string; accepted: number[]; close(): void }> {
  const accepted: number[] = [];
  const sockets = new Set<{ destroy(): unknown }>();
  const tcp: TcpServer = createServer((socket) => {
    accepted.push(performance.now());
    socket.on('error', () => undefined);
    sockets.add(socket);
    if (answer === 'end') socket.destroy();
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = (): void => {
    tcp.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `redis://127.0.0.1:${address.port}`, accepted, close };
}

describe.each(['ioredisAdapter', 'nodeRedisAdapter'] as const)('%s', (name) => {
  const make = MAKERS[name];

  test.each([
    [{ url: 'http://x' }, 'url must begin with redis:// or rediss://'],
    [{ url: 'redis://h/0?db=1' }, 'url must have neither query nor fragment'],
    [{ url: 'redis://h/x' }, "url must end after the database's number"],
    [{ url: 'redis://a:%zz@h' }, 'user and password of url must be percent-encoded'],
    [{ username: 'ada' }, 'username needs a password'],
    [{ password: '' }, 'password must be text that is not empty'],
    [{ password: 5 }, 'password must be text that is not empty'],
    [{ database: -1 }, 'database must be a whole number from 0 to 2147483647'],
    [{ database: '3' }, 'database must be a whole number'],
    [{ tls: true }, 'tls must be options of tls.connect, such as { ca }'],
    [{ clientName: 'with space' }, 'clientName must be 1 to 255 ASCII characters without spaces'],
    [{ connectTimeoutMs: 0 }, 'connectTimeoutMs must be a whole number of ms from 1 to 3600000'],
    [
      { stallTimeoutMs: 1.5 },
      'stallTimeoutMs must be a whole number of ms from 1 to 3600000; left out it is 2000',
    ],
    [{ stallTimeoutMs: 3_600_001 }, 'stallTimeoutMs'],
    [{ keepAliveMs: 999 }, 'keepAliveMs must be a whole number of ms from 1000 to 3600000, or 0 for none'],
    [{ reconnectMinMs: '50' }, 'reconnectMinMs must be a whole number'],
    [
      { reconnectMinMs: 900, reconnectMaxMs: 800 },
      'reconnectMaxMs must not be below reconnectMinMs, which is 900',
    ],
  ])('refuses %j and says why', (options, message) => {
    const given = { url: server.url, ...options } as { url: string };
    expect(() => make(given)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(`${name}: `) }),
    );
    expect(() => make(given)).toThrow(message);
  });

  test('tells at once that a database is not there, and writes to no other', async () => {
    const cache = createCache({ adapter: make({ url: server.url, database: 99 }), namespace: `${name}-99` });
    const begun = performance.now();
    await expect(cache.ready({ timeout: '25s' })).rejects.toMatchObject({
      code: 'SERVER',
      message: expect.stringContaining('no database of that number'),
    });
    expect(performance.now() - begun).toBeLessThan(15_000);
    await expect(cache.set('k', 1, { timeout: 200 })).rejects.toMatchObject({ outcome: 'not-applied' });
    await cache.close();
    expect(await admin.keys(`{${name}-99}*`)).toEqual([]);
  });

  test('tells at once that a password is wrong', async () => {
    const adapter = make({ url: server.url, username: 'nobody', password: 'wr0ng' });
    const begun = performance.now();
    await expect(adapter.connection.ready(within(25_000))).rejects.toMatchObject({ code: 'SERVER' });
    expect(performance.now() - begun).toBeLessThan(15_000);
    await adapter.close();
  });

  test('starts while the server is away: reads miss, ready tells, and it recovers by itself', async () => {
    const late = await startRedis({ controllable: true });
    await late.kill();
    const cache = createCache({ adapter: make({ url: late.url }), timeout: '10s' });
    const kinds: string[] = [];
    cache.on('connection', ({ kind }) => kinds.push(kind));
    expect(await cache.get('k', { timeout: 100 })).toBeUndefined();
    await expect(cache.ready({ timeout: 200 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    });
    await late.restart();
    await cache.ready();
    await cache.set('k', 1);
    expect(await cache.get('k')).toBe(1);
    expect(kinds).toContain('error');
    expect(kinds.filter((kind) => kind !== 'error')).toEqual(['ready']);
    await cache.close();
    await late.close();
  });

  test('pauses between attempts to connect as it is told', async () => {
    const away = await peer('end');
    const adapter = make({ url: away.url, reconnectMinMs: 150, reconnectMaxMs: 300 });
    const { accepted } = away;
    await expect.poll(() => accepted.length, { timeout: 20_000 }).toBeGreaterThan(8);
    await adapter.close();
    away.close();
    const pauses = accepted.slice(1).map((at, index) => at - (accepted[index] ?? 0));
    const [first = 0, ...later] = pauses;
    expect(first).toBeGreaterThan(140);
    expect(Math.min(...later)).toBeGreaterThan(280);
    // Each may be late on a busy machine; without a bound the later ones would all be 450 and more.
    expect(Math.min(...later.slice(1))).toBeLessThan(440);
  });

  test('gives up a peer that accepts and is silent after connectTimeoutMs', async () => {
    const silent = await peer('silence');
    const adapter = make({ url: silent.url, connectTimeoutMs: 200, stallTimeoutMs: 30_000 });
    const begun = performance.now();
    const event = await new Promise<ConnectionEvent>((resolve) => adapter.connection.on(resolve));
    expect(event.kind).toBe('error');
    expect(performance.now() - begun).toBeGreaterThan(150);
    expect(performance.now() - begun).toBeLessThan(15_000);
    await adapter.close();
    silent.close();
  });

  test.runIf(process.platform === 'linux').each([
    [undefined, 30],
    [7000, 7],
    [0, undefined],
  ])('with keepAliveMs %s TCP asks after %s s', async (keepAliveMs, seconds) => {
    // Its port is that of this connection alone; a container's own port may be reached by another address.
    const proxy = await openProxy({ target: server, protocol: 'resp' });
    const adapter = make({ url: proxy.url('redis'), ...(keepAliveMs !== undefined && { keepAliveMs }) });
    await adapter.connection.ready(within(10_000));
    // While something is not acknowledged another timer runs.
    await expect
      .poll(async () => Math.round((await keepAliveOf(proxy.port)) ?? Number.NaN) - (seconds ?? Number.NaN))
      .toSatisfy((off: number) => (seconds === undefined ? Number.isNaN(off) : Math.abs(off) <= 2));
    await adapter.close();
    await proxy.close();
  });
});

/** After how many seconds the system asks next, for the connection that leads to a port; undefined = never. */
async function keepAliveOf(port: number): Promise<number | undefined> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
  const row = tables
    .flatMap((table) => table.split('\n'))
    .map((line) => line.trim().split(/\s+/))
    // 01 = established: one of before, over a port that was used again, may not be forgotten yet.
    .find(([, , remote, state]) => state === '01' && remote?.endsWith(`:${hex}`));
  // `tr:tm->when`: which timer runs, 02 = keep-alive, and what is left of it in hundredths.
  const [timer, when] = (row?.[5] ?? '').split(':');
  return timer === '02' ? Number.parseInt(when ?? '', 16) / 100 : undefined;
}
