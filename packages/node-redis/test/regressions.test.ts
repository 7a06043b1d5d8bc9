// What once broke a guarantee on a real server.
import net from 'node:net';
import { createCache } from '@cache/core';
import { type Server, startRedis } from '@cache/servers';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { nodeRedisAdapter } from '../src/index.ts';
import { connected, type DriverClient } from './driver.ts';

const call = (ms = 10_000) => ({ deadline: performance.now() + ms });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const payload = (text: string) => Buffer.from(text.padEnd(20, '.'));
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

test('options stand instead of the URL’s', async () => {
  const url = new URL(server.url);
  url.pathname = '/3';
  const cache = createCache({ adapter: nodeRedisAdapter({ url: url.toString(), database: 5 }) });
  await cache.ready();
  await cache.set('a', 1);
  await cache.close();
  await admin.select(5);
  const size = await admin.dbSize();
  await admin.select(0);
  expect(size).toBeGreaterThan(0);
});

test('a query of the URL, which could undo the guard, is refused', () => {
  const refused = /neither query nor fragment/;
  expect(() => nodeRedisAdapter({ url: `${server.url}?enableOfflineQueue=true` })).toThrow(refused);
  expect(() => nodeRedisAdapter({ url: `${server.url}#x` })).toThrow(refused);
});

test('a batch takes effect in order on a server that lost its scripts', async () => {
  const adapter = nodeRedisAdapter({ url: server.url });
  await adapter.connection.ready(call());
  await adapter.write([{ key: 'o', payload: payload('v0'), ttlMs: null }], call());
  await admin.scriptFlush();
  const outcomes = await adapter.write(
    [
      { key: 'o', payload: payload('v1'), ttlMs: null, when: { version: payload('v0') } },
      { key: 'o', payload: payload('v2'), ttlMs: null },
    ],
    call(),
  );
  await adapter.close();
  expect(outcomes.map((outcome) => outcome.ok && outcome.value.written)).toEqual([true, true]);
});

test('touch; write in order on a server that lost its scripts', async () => {
  const adapter = nodeRedisAdapter({ url: server.url });
  await adapter.connection.ready(call());
  await adapter.write([{ key: 't', payload: payload('v0'), ttlMs: 20_000 }], call());
  await admin.scriptFlush();
  await Promise.all([
    adapter.touch([{ key: 't', ttlMs: 3_600_000 }], call()),
    adapter.write([{ key: 't', payload: payload('v1'), ttlMs: 20_000 }], call()),
  ]);
  await adapter.close();
  expect(await admin.pTTL('t')).toBeLessThanOrEqual(20_000);
});

test('touch with an empty or foreign version touches nothing', async () => {
  const adapter = nodeRedisAdapter({ url: server.url });
  await adapter.connection.ready(call());
  await adapter.write([{ key: 'e', payload: payload('v0'), ttlMs: null }], call());
  for (const version of [new Uint8Array(0), 7]) {
    expect(await adapter.touch([{ key: 'e', ttlMs: 20_000, when: { version } }], call())).toEqual([
      { ok: true, value: false },
    ]);
  }
  await adapter.close();
});

test.each([
  ['a list', () => admin.rPush('{f}v:k', 'x')],
  ['an empty string', () => admin.set('{f}v:k', '')],
])('add over %s ends at once', async (_name, put) => {
  const cache = createCache({
    adapter: nodeRedisAdapter({ url: server.url }),
    namespace: 'f',
    timeout: '25s',
  });
  await cache.ready();
  await cache.set('x', 1);
  await admin.del('{f}v:k');
  await put();
  const startedAt = performance.now();
  await cache.add('k', 1).catch(() => undefined);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await cache.close();
});

test('a listener of the connection that throws harms nobody', async () => {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', onUncaught);
  const adapter = nodeRedisAdapter({ url: server.url });
  adapter.connection.on(() => {
    throw new Error('mine');
  });
  await adapter.connection.ready(call());
  await sleep(20);
  await adapter.close();
  process.off('uncaughtException', onUncaught);
  expect(uncaught).toEqual([]);
});

test('incrementFloat never answers Infinity', async () => {
  const cache = createCache({ adapter: nodeRedisAdapter({ url: server.url }), namespace: 'float' });
  await cache.ready();
  await cache.incrementFloat('n', 1e308);
  await expect(cache.incrementFloat('n', 1e308)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
  await cache.close();
});

test('an error inside a script after its effect is not not-applied', async () => {
  await admin.sendCommand(['ACL', 'SETUSER', 'noget', 'on', '>pw', '~*', '+@all', '-get']);
  const cache = createCache({ adapter: nodeRedisAdapter({ url: server.url }), namespace: 'acl' });
  const limited = createCache({
    adapter: nodeRedisAdapter({ url: server.url, username: 'noget', password: 'pw' }),
    namespace: 'acl',
  });
  await Promise.all([cache.ready(), limited.ready()]);
  await cache.set('x', 1);
  const error = await limited.increment('n').catch((caught) => caught);
  const value = await cache.increment('n', 0);
  expect(value === 0 || error.outcome !== 'not-applied').toBe(true);
  await Promise.all([cache.close(), limited.close()]);
});

test('reads go on while a replica refuses writes', async () => {
  const cache = createCache({
    adapter: nodeRedisAdapter({ url: server.url }),
    namespace: 'ro',
    timeout: '10s',
  });
  await cache.ready();
  await cache.set('hot', 1);
  await admin.sendCommand(['REPLICAOF', '127.0.0.1', '1']);
  let misses = 0;
  for (let i = 0; i < 200; i += 1) {
    void cache.set('w', 1).catch(() => undefined);
    if ((await cache.get('hot')) !== 1) misses += 1;
  }
  await admin.sendCommand(['REPLICAOF', 'NO', 'ONE']);
  await cache.close();
  expect(misses).toBeLessThan(3);
});

test('no value in the cause of a decoding error', async () => {
  const cache = createCache({ adapter: nodeRedisAdapter({ url: server.url }), namespace: 'j' });
  await cache.ready();
  await cache.set('a', 'hunter2-secret');
  await admin.setRange('{j}v:a', 72, 'x');
  let shown = '';
  cache.on('error', ({ error }) => {
    shown = `${error.message} ${String(error.cause)}`;
  });
  await cache.get('a');
  expect(shown).not.toContain('hunter2');
  await cache.close();
});

test('a connection to a replica is kept alive, and does not wait until a packet is full', async () => {
  const made = vi.spyOn(net, 'createConnection');
  const client = createClient({ url: server.url });
  const adapter = nodeRedisAdapter({ client, replicas: [{ url: server.url }] });
  await expect.poll(() => made.mock.calls.length).toBe(2);
  for (const [options] of made.mock.calls) expect(options).toMatchObject({ keepAlive: true, noDelay: true });
  await adapter.close();
  made.mockRestore();
});
