import type { AdapterHarness } from '@cache/conformance';
import { startMemcached, startRedis, startRedisCluster, startRedisSentinel } from '@cache/servers';
import { Cluster, Redis } from 'ioredis';
import { ioredisHarnesses, ioredisOnCluster, ioredisOnSentinel } from './ioredis.ts';
import { layersHarnesses } from './layers.ts';
import { memcachedHarnesses } from './memcached.ts';
import { nodeRedisHarnesses, nodeRedisOnCluster, nodeRedisOnSentinel } from './node-redis.ts';

/** A server that speaks Redis, by product and beginning of version. */
export interface Release {
  readonly product: 'redis' | 'valkey';
  readonly version: string;
}

/** The harnesses of one server or group of servers, and how it ends. */
export interface Topology {
  readonly harnesses: readonly AdapterHarness[];
  close(): Promise<void>;
}

/** One server, both drivers. */
export async function oneRedis(release: Release): Promise<Topology> {
  const server = await startRedis(release);
  const admin = new Redis(server.url);
  await admin.ping();
  return {
    harnesses: [...ioredisHarnesses(server, admin), ...nodeRedisHarnesses(server, admin)],
    async close() {
      admin.disconnect();
      await server.close();
    },
  };
}

/** Two servers that make one, in layers. */
export async function layeredRedis(release: Release): Promise<Topology> {
  const servers = await Promise.all([startRedis(release), startRedis(release)]);
  const admins = servers.map(({ url }) => new Redis(url));
  await Promise.all(admins.map((admin) => admin.ping()));
  return {
    harnesses: layersHarnesses(servers, admins),
    async close() {
      for (const admin of admins) admin.disconnect();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** Three masters, both drivers. */
export async function redisCluster(release: Release): Promise<Topology> {
  const cluster = await startRedisCluster(release);
  const admin = new Cluster(cluster.nodes.map(({ host, port }) => ({ host, port })));
  // Connects to all of them now, and not during a rule, which looks for what is left behind.
  await admin.ping();
  await Promise.all(admin.nodes().map((node) => node.ping()));
  return {
    harnesses: [...ioredisOnCluster(cluster, admin), ...nodeRedisOnCluster(cluster, admin)],
    async close() {
      admin.disconnect();
      await cluster.close();
    },
  };
}

/** A master that sentinels name, both drivers. */
export async function redisSentinel(release: Release): Promise<Topology> {
  const redis = await startRedisSentinel(release);
  const admin = new Redis((await redis.master()).url);
  await admin.ping();
  return {
    harnesses: [...ioredisOnSentinel(redis, admin), ...nodeRedisOnSentinel(redis, admin)],
    async close() {
      admin.disconnect();
      await redis.close();
    },
  };
}

/** One server of memcached, and a pool of three. */
export async function memcachedPool(version: string): Promise<Topology> {
  const servers = await Promise.all(
    [1, 2, 3].map(() => startMemcached({ version, controllable: true, memory: 256 })),
  );
  const { harnesses, close } = await memcachedHarnesses(servers);
  return {
    harnesses,
    async close() {
      close();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
