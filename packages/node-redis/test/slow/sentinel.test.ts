import { type CacheError, createCache } from '@cache/core';
import { type RedisSentinel, startRedisSentinel } from '@cache/servers';
import { createSentinel } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { listensOn } from '../../../redis-shared/test/listening/failover.ts';
import { nodeRedisAdapter } from '../../src/index.ts';

const timeout = 90_000;

let redis: RedisSentinel;
let client: ReturnType<typeof sentinelClient>;

beforeAll(async () => {
  redis = await startRedisSentinel({ password: 'pw' });
}, timeout);
afterAll(() => redis.close());

beforeEach(async () => {
  client = sentinelClient();
  client.on('error', () => undefined);
  await client.connect();
});
afterEach(() => client.destroy());

function sentinelClient() {
  return createSentinel({
    name: redis.name,
    sentinelRootNodes: redis.sentinels.map(({ host, port }) => ({ host, port })),
    nodeClientOptions: { password: 'pw', name: 'ours' },
    keyPrefix: 'app:',
  });
}

test('connects to the master, with the login and the key prefix of the sentinel', async () => {
  const adapter = nodeRedisAdapter({ client });
  const cache = createCache({ adapter });
  const events: string[] = [];
  adapter.connection.on(({ kind, endpoint }) => events.push(`${kind} ${endpoint}`));
  await cache.ready();
  expect(events).toEqual([`ready 127.0.0.1:${(await redis.master()).port}`]);
  await cache.set('key', 'value');
  expect(await client.get('{cache}v:key')).toEqual(expect.any(String));
  await cache.close();
  expect(client.isReady).toBe(true);
  expect(client.listenerCount('topology-change')).toBe(0);
});

test('may be given before it is connected, and then waits for it', async () => {
  const late = sentinelClient();
  late.on('error', () => undefined);
  const cache = createCache({ adapter: nodeRedisAdapter({ client: late }) });
  await expect(cache.ready({ timeout: 100 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await late.connect();
  await cache.ready();
  await cache.close();
  await late.destroy();
});

test.each(['demote', 'kill', 'freeze'] as const)(
  'listening goes on with the new master: %s',
  async (how) => {
    const adapter = nodeRedisAdapter({ client });
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
  'a failover under load, %s: every call settles, and service comes back with the new master',
  async (how) => {
    // Of a frozen master only the sentinels tell in time.
    const adapter = nodeRedisAdapter({ client, stallTimeoutMs: how === 'freeze' ? 60_000 : 2000 });
    const cache = createCache({ adapter, timeout: 300, namespace: how });
    await cache.ready();
    const codes = new Set<string>();
    const written: string[] = [];
    let longestMs = 0;
    let running = true;
    const work = (async () => {
      for (let i = 0; running; i += 1) {
        const startedAt = performance.now();
        try {
          await cache.set(`k${i}`, i);
          written.push(`k${i}`);
        } catch (error) {
          codes.add((error as CacheError).code);
        }
        longestMs = Math.max(longestMs, performance.now() - startedAt);
      }
    })();

    const before = await redis.master();
    if (how === 'demote') await redis.failover();
    else {
      await before[how]();
      await redis.newMaster(before);
    }
    const count = written.length;
    await expect.poll(() => written.length, { timeout: 20_000 }).toBeGreaterThan(count + 10);
    running = false;
    await work;
    expect(longestMs).toBeLessThan(10_000);
    expect([...codes].filter((code) => !['UNAVAILABLE', 'TIMEOUT', 'SERVER'].includes(code))).toEqual([]);
    const last = written.at(-1) ?? '';
    expect(await cache.get(last)).toBe(Number(last.slice(1)));

    if (how === 'kill') await before.restart();
    if (how === 'freeze') await before.thaw();
    await redis.settled();
    await cache.close();
  },
  timeout,
);
