import { createCache } from '@cache/core';
import { type RedisSentinel, startRedisSentinel } from '@cache/servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { busy, call, more } from '../../../redis-shared/test/cluster/driver.ts';
import { Work } from '../../../redis-shared/test/cluster/work.ts';
import { listensOn } from '../../../redis-shared/test/listening/failover.ts';
import { ioredisAdapter } from '../../src/index.ts';

const timeout = 90_000;

let redis: RedisSentinel;
let client: Redis;

beforeAll(async () => {
  redis = await startRedisSentinel({ password: 'pw' });
}, timeout);
afterAll(() => redis.close());

beforeEach(() => {
  client = new Redis({
    sentinels: redis.sentinels.map(({ host, port }) => ({ host, port })),
    name: redis.name,
    password: 'pw',
    keyPrefix: 'app:',
    // What would end the connection for good, or lead it to a replica, is not taken over.
    sentinelRetryStrategy: () => null,
    role: 'master',
  });
  client.on('error', () => undefined);
});
afterEach(async () => {
  // On the way from one connection to the next it may tell of no end.
  await expect.poll(() => client.status, { timeout: 10_000 }).toMatch(/ready|end/);
  // Without a strategy it has given up by itself.
  if (client.status === 'end') return;
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.disconnect();
  await ended;
});

test('connects to the master, with the login and the key prefix of the client', async () => {
  const adapter = ioredisAdapter({ client });
  const cache = createCache({ adapter });
  const events: string[] = [];
  adapter.connection.on(({ kind, endpoint }) => events.push(`${kind} ${endpoint}`));
  await cache.ready({ timeout: '5s' });
  expect(events).toEqual([`ready the master ${redis.name}`]);
  await cache.set('key', 'value');
  expect(await client.get('{cache}v:key')).toEqual(expect.any(String));
  await cache.close();
  expect(client.status).toBe('ready');
});

test('leaves nothing behind when closed, also while no sentinel answers', async () => {
  await client.ping();
  const before = busy();
  const adapter = ioredisAdapter({ client });
  await adapter.connection.ready(call());
  await adapter.close();
  await expect.poll(() => more(before), { timeout: 5000 }).toEqual([]);

  const lost = new Redis({ sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'none', lazyConnect: true });
  const nowhere = ioredisAdapter({ client: lost });
  await expect(nowhere.connection.ready(call(300))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await nowhere.close();
  await expect.poll(() => more(before), { timeout: 5000 }).toEqual([]);
});

test.each(['demote', 'kill', 'freeze'] as const)(
  'listening goes on with the new master: %s',
  async (how) => {
    const adapter = ioredisAdapter({ client });
    await adapter.connection.ready({ deadline: performance.now() + 5000 });
    const before = await redis.master();
    await listensOn(adapter, `listening-${how}`, async () => {
      if (how === 'demote') await redis.failover();
      else {
        await before[how]();
        await redis.newMaster(before);
      }
    });
    if (how === 'kill') await before.restart();
    if (how === 'freeze') await before.thaw();
    await redis.settled();
    await adapter.close();
  },
  timeout,
);

test.each(['demote', 'kill', 'freeze'] as const)(
  'a failover under load, %s: calls settle, nothing is counted twice, and service comes back with the new master',
  async (how) => {
    // Of a frozen master only the sentinels tell in time.
    const adapter = ioredisAdapter({ client, stallTimeoutMs: how === 'freeze' ? 60_000 : 2000 });
    await adapter.connection.ready(call());
    const keys = Array.from({ length: 20 }, (_, index) => `${how}${index}`);
    const work = new Work(adapter, keys, 300);
    await work.more(300);

    const before = await redis.master();
    if (how === 'demote') await redis.failover();
    else {
      await before[how]();
      await redis.newMaster(before);
    }
    await work.more(300);
    await work.stop({ lossy: true });
    expect(work.longestMs).toBeLessThan(10_000);
    expect(work.wrong).toEqual([]);
    const codes = [...new Set(work.failures.map(({ code }) => code))];
    expect(codes.filter((code) => !['UNAVAILABLE', 'TIMEOUT', 'SERVER'].includes(code))).toEqual([]);

    if (how === 'kill') await before.restart();
    if (how === 'freeze') await before.thaw();
    await redis.settled();
    const there = await adapter.read(work.once.notApplied, call());
    expect(there.filter((outcome) => !outcome.ok || outcome.value !== undefined)).toEqual([]);
    await adapter.close();
  },
  timeout,
);

test(
  'does not stay with a master that has become a replica',
  async () => {
    const adapter = ioredisAdapter({ client });
    await adapter.connection.ready(call());
    const kinds: string[] = [];
    adapter.connection.on(({ kind }) => kinds.push(kind));
    const master = await redis.master();
    const raw = new Redis({ host: master.host, port: master.port, password: 'pw' });
    // The server is told by somebody else than the sentinels; its connections stay.
    await raw.replicaof('127.0.0.1', '1');
    const write = () =>
      adapter.write([{ key: 'k', payload: Buffer.from('0123456789abcdefx'), ttlMs: null }], call(500));
    await expect.poll(async () => (await write()) && kinds.includes('lost'), { timeout: 10_000 }).toBe(true);
    await raw.replicaof('NO', 'ONE');
    raw.disconnect();
    await expect.poll(async () => (await write())[0]?.ok, { timeout: 30_000 }).toBe(true);
    await redis.settled();
    await adapter.close();
  },
  timeout,
);
