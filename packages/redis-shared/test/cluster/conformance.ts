import {
  type AdapterHarness,
  cacheConformance,
  conformance,
  type FaultProxy,
  type Opened,
  openProxy,
} from '@cache/conformance';
import type { RedisAdapter } from '@cache/redis-shared';
import { type RedisCluster, startRedisCluster } from '@cache/servers';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type ClusterDriver, call, sleep, urlsOf } from './driver.ts';

/** The kit, on a cluster: over connections of our own, over a caller's cluster, and over a bad network. */
export function clusterConformance(driver: ClusterDriver): void {
  let cluster: RedisCluster;
  let admin: RedisAdapter;

  beforeAll(async () => {
    cluster = await startRedisCluster();
    admin = driver.own(urlsOf(cluster));
    await admin.connection.ready(call());
  });
  afterAll(async () => {
    await admin.close();
    await cluster.close();
  });

  async function opened(adapter: RedisAdapter, end?: () => Promise<unknown>): Promise<Opened> {
    await adapter.connection.ready(call(10_000));
    return {
      adapter,
      expireNow: async (key) => {
        await admin.touch([{ key, ttlMs: 1 }], call());
        const isThere = async () => {
          const [left] = await admin.expiry.remaining([key], call());
          return !left?.ok || left.value !== undefined;
        };
        while (await isThere()) await sleep(1);
      },
      async [Symbol.asyncDispose]() {
        await adapter.close();
        await end?.();
      },
    };
  }

  const facts = { expects: ['expiry', 'counters', 'scan', 'server', 'connection'] } as const;

  const own: AdapterHarness = {
    name: `${driver.name} on a cluster, connections of its own`,
    ...facts,
    open: () => opened(driver.own(urlsOf(cluster))),
  };

  const caller: AdapterHarness = {
    name: `${driver.name} on a cluster, the caller's with the driver's defaults`,
    ...facts,
    async open() {
      const { adapter, end } = await driver.caller(urlsOf(cluster));
      return await opened(adapter, end);
    },
  };

  /** Each node behind a proxy of its own. */
  const proxied: AdapterHarness = {
    name: `${driver.name} on a cluster, behind proxies`,
    ...facts,
    async open() {
      const proxies = await Promise.all(
        cluster.nodes.map((target) => openProxy({ target, protocol: 'resp' })),
      );
      const map = Object.fromEntries(
        cluster.nodes.map(({ host, port }, index) => [
          `${host}:${port}`,
          { host, port: proxies[index]?.port ?? 0 },
        ]),
      );
      const { adapter, end } = await driver.caller(urlsOf(cluster), {
        map,
        unconnected: true,
        stallTimeoutMs: 15_000,
      });
      const one = await opened(adapter, async () => {
        await end();
        await Promise.all(proxies.map((proxy) => proxy.close()));
      });
      return { ...one, disrupt: disruptBy(proxies), [Symbol.asyncDispose]: () => one[Symbol.asyncDispose]() };
    },
  };

  const runner = { describe, test };
  conformance(runner, own);
  cacheConformance(runner, own);
  conformance(runner, caller);
  conformance(runner, proxied);
}

function disruptBy(proxies: readonly FaultProxy[]): NonNullable<Opened['disrupt']> {
  return {
    freeze: async () => proxies.forEach((proxy) => void proxy.blackHole({ buffer: true })),
    thaw: async () => proxies.forEach((proxy) => void proxy.heal()),
    cut: async () => proxies.forEach((proxy) => void proxy.cut()),
    down: async () => proxies.forEach((proxy) => void proxy.refuse({ cut: true })),
    up: async () => {
      await Promise.all(proxies.map((proxy) => proxy.accept()));
    },
  };
}
