import { type CacheError, createCache } from '@cache/core';
import { type Server, startMemcached } from '@cache/servers';
import { Client } from 'memjs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { memcachedAdapter } from '../src/index.ts';
import { Admin } from './admin.ts';
import { call, payload } from './call.ts';

let servers: Server[] = [];
beforeAll(async () => {
  servers = await Promise.all([1, 2, 3, 4].map(() => startMemcached({ controllable: true })));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});
beforeEach(async () => {
  await Promise.all(servers.map((server) => server.restart()));
});

const KEYS = Array.from({ length: 3000 }, (_, i) => `key-${i}`);
const named = ({ host, port }: Server): string => `${host}:${port}`;
const write = (key: string) => ({ key, payload: payload(key), ttlMs: 600_000 });

async function poolOf(members: readonly Server[]) {
  const adapter = memcachedAdapter({
    servers: members.map(named),
    stallTimeoutMs: 30_000,
    connectTimeoutMs: 2000,
  });
  await adapter.connection.ready(call());
  return adapter;
}

/** Which keys the pool finds. */
async function found(adapter: Awaited<ReturnType<typeof poolOf>>): Promise<Set<string>> {
  const outcomes = await adapter.read(KEYS, call());
  return new Set(KEYS.filter((_key, at) => outcomes[at]?.ok === true && outcomes[at].value !== undefined));
}

async function countOn(server: Server): Promise<number> {
  const admin = await Admin.connect(server);
  const items = /STAT curr_items (\d+)/.exec(await admin.stats());
  admin.close();
  return Number(items?.[1]);
}

test('keys are spread evenly, whatever the order in which the servers are given', async () => {
  const three = servers.slice(0, 3);
  const pool = await poolOf(three);
  const outcomes = await pool.write(KEYS.map(write), call());
  expect(outcomes.every((outcome) => outcome.ok && outcome.value.written)).toBe(true);
  const counts = await Promise.all(three.map(countOn));
  expect(counts.reduce((sum, count) => sum + count)).toBe(KEYS.length);
  for (const count of counts) expect(Math.abs(count - KEYS.length / 3)).toBeLessThan(KEYS.length / 15);

  const reversed = await poolOf([...three].reverse());
  expect((await found(reversed)).size).toBe(KEYS.length);
  await pool.close();
  await reversed.close();
});

test('a server that is added takes its share of the keys from each, and no other key moves', async () => {
  const pool = await poolOf(servers.slice(0, 3));
  await pool.write(KEYS.map(write), call());
  const larger = await poolOf(servers);
  const kept = await found(larger);
  expect(Math.abs(KEYS.length - kept.size - KEYS.length / 4)).toBeLessThan(KEYS.length / 20);
  await larger.write(KEYS.filter((key) => !kept.has(key)).map(write), call());
  // All that was not found belongs to the new one.
  expect(await countOn(servers[3] as Server)).toBe(KEYS.length - kept.size);
  await pool.close();
  await larger.close();
});

describe('a server that dies', () => {
  test('fails its items alone, moves nothing, and comes back empty without a restart of ours', async () => {
    const [first, second, third] = servers as [Server, Server, Server, Server];
    const three = [first, second, third];
    const pool = await poolOf(three);
    await pool.write(KEYS.map(write), call());
    const before = await Promise.all(three.map(countOn));
    await second.kill();

    const startedAt = performance.now();
    const reads = await pool.read(KEYS, call(2000));
    const writes = await pool.write(KEYS.map(write), call(2000));
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    for (const outcomes of [reads, writes]) {
      const failures = outcomes.filter((outcome) => !outcome.ok);
      expect(failures).toHaveLength(before[1] as number);
      for (const failure of failures) {
        expect(failure).toMatchObject({
          error: { code: 'UNAVAILABLE', outcome: 'not-applied', retryable: true },
        });
      }
    }
    expect([await countOn(first), await countOn(third)]).toEqual([before[0], before[2]]);

    await second.restart();
    await pool.connection.ready(call());
    expect(KEYS.length - (await found(pool)).size).toBe(before[1]);
    await pool.write(KEYS.map(write), call());
    expect(await countOn(second)).toBe(before[1]);
    expect((await found(pool)).size).toBe(KEYS.length);
    await pool.close();
  });

  test('is told of by name, and ready() waits for it', async () => {
    const pool = await poolOf(servers.slice(0, 3));
    const events: string[] = [];
    const lost = new Promise<void>((resolve) => {
      pool.connection.on(({ kind, endpoint }) => {
        events.push(`${kind} ${endpoint}`);
        if (kind === 'lost') resolve();
      });
    });
    const victim = servers[0] as Server;
    await victim.kill();
    await lost;
    await expect(pool.connection.ready(call(100))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await victim.restart();
    await pool.connection.ready(call());
    expect(events).toContain(`lost ${named(victim)}`);
    expect(events.at(-1)).toBe(`ready ${named(victim)}`);
    await pool.close();
  });

  test('that freezes holds up no item of another one', async () => {
    const three = servers.slice(0, 3);
    const pool = await poolOf(three);
    await pool.write(KEYS.map(write), call());
    const [, , frozen] = three as [Server, Server, Server];
    await frozen.freeze();
    const outcomes = await pool.remove(
      KEYS.map((key) => ({ key })),
      call(2000),
    );
    await frozen.thaw();
    const failed = outcomes.filter((outcome) => !outcome.ok);
    expect(failed.length).toBeGreaterThan(KEYS.length / 5);
    for (const failure of failed)
      expect(failure).toMatchObject({ error: { code: 'TIMEOUT', outcome: 'unknown' } });
    expect(outcomes.filter((outcome) => outcome.ok && outcome.value)).toHaveLength(
      KEYS.length - failed.length,
    );
    await pool.close();
  });
});

test('a cache over a pool: what can be reached is served, what cannot fails by key', async () => {
  const three = servers.slice(0, 3);
  const client = Client.create(three.map(named).join(','));
  const cache = createCache({ adapter: memcachedAdapter({ client }), timeout: 2000, namespace: 'pool' });
  await cache.ready({ timeout: '5s' });
  await cache.setMany(
    KEYS.slice(0, 300).map((key) => [key, key]),
    { timeout: '10s' },
  );
  expect(
    (await cache.getMany(KEYS.slice(0, 300), { timeout: '10s' })).every((value) => value !== undefined),
  ).toBe(true);
  await (servers[0] as Server).kill();
  const values = await cache.getMany(KEYS.slice(0, 300));
  const error = await cache.deleteMany(KEYS.slice(0, 300)).catch((caught: CacheError) => caught);
  const lost = values.filter((value) => value === undefined).length;
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThan(200);
  expect(error).toMatchObject({ code: 'PARTIAL', failures: expect.objectContaining({ size: lost }) });
  await expect(cache.clear()).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  await cache.close();
  client.close();
});
