import { type ConnectionEvent, createCache } from '@cache/core';
import type { RedisAdapter } from '@cache/redis-shared';
import {
  type RedisCluster,
  type RedisSentinel,
  type Server,
  startRedisCluster,
  startRedisSentinel,
} from '@cache/servers';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { busy, more, urlsOf } from '../cluster/driver.ts';
import { counts, type ReplicasDriver } from './driver.ts';

const TIMEOUT_MS = 4000;
const NAMES = Array.from({ length: 60 }, (_, index) => `k${index}`);

/** What an adapter does with replicas that a cluster or sentinels name. */
export function namedReplicasBehaviour(driver: ReplicasDriver): void {
  const ends: (() => Promise<unknown>)[] = [];
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function cacheOver(adapter: RedisAdapter, namespace: string) {
    const events: ConnectionEvent[] = [];
    adapter.connection.on((event) => events.push(event));
    const cache = createCache({ adapter, namespace, timeout: TIMEOUT_MS, onReadFailure: 'throw' });
    ends.push(() => cache.close());
    await cache.ready({ timeout: '20s' });
    await cache.setMany(NAMES.map((name) => [name, name]));
    return { cache, events };
  }

  /** Reads until some servers have carried out all of a round's reads, and the others none. */
  async function comeFrom(
    cache: { getMany(keys: readonly string[]): Promise<unknown[]> },
    replicas: () => Promise<Server[]>,
    masters: () => Promise<Server[]>,
  ): Promise<void> {
    const moved = async (): Promise<boolean[]> => {
      const of = await Promise.all([replicas(), masters()]);
      const before = await Promise.all(of.map((servers) => counts(servers, 'mget')));
      expect(await cache.getMany(NAMES)).toEqual(NAMES);
      const after = await Promise.all(of.map((servers) => counts(servers, 'mget')));
      return after.map((calls, index) => calls > (before[index] as number));
    };
    // A map without replicas is asked for again after two seconds.
    await expect.poll(moved, { timeout: 20_000 }).toEqual([true, false]);
  }

  describe('a cluster', () => {
    let cluster: RedisCluster;
    beforeAll(async () => {
      cluster = await startRedisCluster({ replicas: 1, nodeTimeoutMs: 60_000 });
    });
    afterAll(() => cluster.close());

    const masters = (): Promise<Server[]> => cluster.masters();
    const replicas = async (): Promise<Server[]> => {
      const all = await masters();
      return (await Promise.all(all.map((master) => cluster.replicasOf(master)))).flat();
    };

    test('hits come from the replicas of each master, and go on when one dies and when one is promoted', async () => {
      const before = busy();
      const adapter = driver.own({ cluster: urlsOf(cluster), replicas: true });
      const { cache, events } = await cacheOver(adapter, 'cluster');
      await comeFrom(cache, replicas, masters);

      const [promoted] = await replicas();
      await cluster.failover(promoted as Server);
      expect(await cache.getMany(NAMES)).toEqual(NAMES);
      await cache.set('k0', 'k0');
      await comeFrom(cache, replicas, masters);

      const [killed] = await replicas();
      await killed?.kill();
      for (let round = 0; round < 5; round += 1) expect(await cache.getMany(NAMES)).toEqual(NAMES);
      const { host } = new URL((killed as Server).url);
      expect(events.some(({ kind, endpoint }) => kind === 'lost' && endpoint === host)).toBe(true);
      await killed?.restart();
      await cluster.settled();
      await cache.close();
      await expect.poll(() => more(before)).toEqual([]);
    });

    test('a caller’s cluster', async () => {
      const { adapter, end } = await driver.callerOfCluster(urlsOf(cluster));
      ends.push(end);
      const { cache } = await cacheOver(adapter, 'caller');
      await comeFrom(cache, replicas, masters);
    });
  });

  describe('sentinels', () => {
    let servers: RedisSentinel;
    beforeAll(async () => {
      servers = await startRedisSentinel();
    });
    afterAll(() => servers.close());

    test('hits come from a replica, before and after a failover', async () => {
      const { adapter, end } = await driver.callerOfSentinels(servers, true);
      ends.push(end);
      const { cache } = await cacheOver(adapter, 'sentinels');
      const masters = async (): Promise<Server[]> => [await servers.master()];
      const replicas = async (): Promise<Server[]> => {
        const master = await servers.master();
        return servers.nodes.filter((node) => node !== master);
      };
      await comeFrom(cache, replicas, masters);
      await servers.failover();
      await expect
        .poll(
          () =>
            cache.set('k0', 'k0').then(
              () => true,
              () => false,
            ),
          { timeout: 20_000 },
        )
        .toBe(true);
      await comeFrom(cache, replicas, masters);
    });

    test('a list of them is refused', async () => {
      const list = [{ url: 'redis://127.0.0.1:1' }];
      await expect(driver.callerOfSentinels(servers, list)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(/must be true/),
      });
    });
  });
}
