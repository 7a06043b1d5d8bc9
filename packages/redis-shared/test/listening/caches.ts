import { type FaultProxy, openProxy } from '@cache/conformance';
import { type Bus, type Cache, createCache, pubsubBus, trackingBus } from '@cache/core';
import { memoryAdapter } from '@cache/memory';
import type { RedisAdapter } from '@cache/redis-shared';
import { type Server, startRedis } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ListeningDriver } from './behaviour.ts';
import { Wire } from './wire.ts';

type Tiered = Cache<RedisAdapter>;

const BUSES: readonly [name: string, bus: (adapter: RedisAdapter) => Bus][] = [
  ['trackingBus', (adapter) => trackingBus(adapter, { heartbeat: 100 })],
  ['pubsubBus', (adapter) => pubsubBus(adapter, { heartbeat: 100 })],
];

/** Whether a read of the key is served from the local tier. */
async function isLocal(cache: Tiered, key: string): Promise<boolean> {
  await cache.get(key, { timeout: 500 });
  const found = await cache.lookup(key, { timeout: 500 });
  return found.state === 'hit' && found.tier === 'memory';
}

/** What caches with a local tier make of a bus over one server: two processes, one of them behind a proxy. */
export function tieredCaches({ toServer }: ListeningDriver): void {
  let server: Server;
  let proxy: FaultProxy;
  let wire: Wire;
  let one: Tiered;
  let two: Tiered;
  let rounds = 0;
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());

  describe.each(BUSES)('%s', (_name, busOf) => {
    beforeEach(async () => {
      proxy = await openProxy({ target: server, protocol: 'resp', record: true });
      wire = new Wire(server);
      rounds += 1;
      const open = (url: string): Tiered => {
        const adapter = toServer(url, { stallTimeoutMs: 1000 });
        const local = memoryAdapter({ maxEntries: 1000 });
        const namespace = `tiers-${rounds}`;
        return createCache({ adapter, local, bus: busOf(adapter), localTtl: '1h', timeout: 5000, namespace });
      };
      one = open(proxy.url('redis'));
      two = open(server.url);
      await Promise.all([one.ready(), two.ready()]);
    });
    afterEach(async () => {
      await Promise.all([one.close(), two.close()]);
      wire.close();
      expect(proxy.failures).toEqual([]);
      await proxy.close();
    });

    /** Reads until there is a copy that counts. */
    const copied = async (key: string): Promise<void> => {
      await expect.poll(() => isLocal(one, key), { timeout: 5000 }).toBe(true);
    };

    test('a hit in the local tier does no I/O', async () => {
      await one.set('a', { a: 1 });
      await copied('a');
      const requests = (): number => proxy.history.filter(({ command }) => command === 'MGET').length;
      await one.get('a');
      const before = requests();
      const { roundTrips } = proxy.stats();
      // In one turn: no heartbeat can come in between.
      const all = await Promise.all(Array.from({ length: 1000 }, () => one.get('a')));
      expect(all.every((value) => (value as { a: number }).a === 1)).toBe(true);
      expect(requests()).toBe(before);
      expect(proxy.stats().roundTrips - roundTrips).toBeLessThan(10);
    });

    test("another process' set, delete, deleteByTag, expireByTag, touch and clear are seen within a second", async () => {
      const seen = async (key: string, value: unknown): Promise<void> => {
        await expect.poll(() => one.get(key), { timeout: 1000, interval: 5 }).toEqual(value);
      };
      await one.set('a', 'old', { tags: ['t'] });
      await one.set('b', 'old', { tags: ['t'] });
      await copied('a');
      await copied('b');
      await two.set('a', 'new', { tags: ['t'] });
      await seen('a', 'new');
      await copied('a');
      await two.delete('a');
      await seen('a', undefined);
      await two.deleteByTag('t');
      await seen('b', undefined);
      await one.set('c', 'old', { tags: ['u'] });
      await copied('c');
      await two.expireByTag('u');
      await seen('c', undefined);
      await one.set('d', 'old');
      await copied('d');
      await two.clear();
      await seen('d', undefined);
      await one.set('d', 'new');
      await copied('d');
      expect(await one.get('d')).toBe('new');
    });

    test('copies are dropped when a connection of the bus is killed, and used again later', async () => {
      await one.set('a', 'old');
      await copied('a');
      // Nobody hears of this: the kill comes first.
      await wire.ask('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
      await two.set('a', 'new');
      await expect.poll(() => one.get('a'), { timeout: 1000, interval: 5 }).toBe('new');
      await copied('a');
      expect(await one.get('a')).toBe('new');
    });

    test('no copy serves while the bus is deaf, nor what was changed meanwhile', async () => {
      await one.set('a', 'old');
      await copied('a');
      proxy.blackHole();
      await two.set('a', 'new');
      await expect.poll(() => isLocal(one, 'a'), { timeout: 5000 }).toBe(false);
      proxy.heal();
      proxy.cut();
      await expect.poll(() => one.get('a'), { timeout: 5000 }).toBe('new');
      await copied('a');
    });
  });

  test('one sees over trackingBus what a program changes that does not know us; over pubsubBus its own message keeps the copy', async () => {
    wire = new Wire(server);
    const open = (namespace: string, index: number): Tiered => {
      const adapter = toServer(server.url);
      const bus = BUSES[index]?.[1](adapter) as Bus;
      const local = memoryAdapter({ maxEntries: 1000 });
      return createCache({ adapter, local, bus, localTtl: '1h', timeout: 5000, namespace });
    };
    const tracks = open('foreign', 0);
    await tracks.set('a', 'old');
    await expect.poll(() => isLocal(tracks, 'a')).toBe(true);
    await wire.ask('DEL', '{foreign}v:a');
    await expect.poll(() => tracks.get('a'), { timeout: 1000 }).toBeUndefined();
    await tracks.set('a', 'old');
    await expect.poll(() => isLocal(tracks, 'a')).toBe(true);
    await wire.ask('FLUSHDB');
    await expect.poll(() => tracks.get('a'), { timeout: 1000 }).toBeUndefined();
    await tracks.close();

    const publishes = open('own', 1);
    await publishes.set('a', 1);
    await publishes.set('b', 1);
    await expect.poll(() => isLocal(publishes, 'a')).toBe(true);
    await publishes.set('b', 2);
    expect(await publishes.lookup('a')).toMatchObject({ tier: 'memory' });
    await publishes.close();
    wire.close();
  });
}
