import type { AdapterHarness } from '@cache/conformance';
import { ioredisAdapter } from '@cache/ioredis';
import { nodeRedisAdapter } from '@cache/node-redis';
import type { RedisCluster, RedisSentinel, Server } from '@cache/servers';
import { Cluster, Redis } from 'ioredis';
import { type Admin, opened, PATIENT, proxiesOf, REDIS_FACETS, type RedisPeer } from './opened.ts';

/** The ioredis adapter on a real server: over a connection of its own, over the caller's, and over a bad network. */
export function ioredisHarnesses(server: Server, admin: Admin): AdapterHarness[] {
  const facts = { expects: REDIS_FACETS, about: () => aboutOf(server) };
  const peer = (): RedisPeer => nodeRedisAdapter({ url: server.url, ...PATIENT });
  return [
    {
      name: 'ioredis, url',
      ...facts,
      open: (options) => opened(options, admin, peer, ioredisAdapter({ url: server.url, ...PATIENT })),
    },
    {
      name: "ioredis, caller's client",
      ...facts,
      async open(options) {
        const client = new Redis(server.url);
        return await opened(options, admin, peer, ioredisAdapter({ client, ...PATIENT }), () =>
          disconnect(client),
        );
      },
    },
    {
      name: 'ioredis, behind a proxy',
      ...facts,
      async open(options) {
        const { proxies, disrupt, close } = await proxiesOf([server]);
        const url = proxies[0]?.url('redis') ?? '';
        const adapter = ioredisAdapter({ url, ...PATIENT });
        return { ...(await opened(options, admin, peer, adapter, close)), disrupt };
      },
    },
  ];
}

/** The same on a cluster. */
export function ioredisOnCluster({ nodes }: RedisCluster, admin: Admin): AdapterHarness[] {
  const facts = { expects: REDIS_FACETS, about: () => `cluster, ${aboutOf(nodes[0])}` };
  const seeds = nodes.map(({ host, port }) => ({ host, port }));
  const peer = (): RedisPeer => nodeRedisAdapter({ cluster: nodes.map(({ url }) => url), ...PATIENT });
  return [
    {
      name: 'ioredis, cluster',
      ...facts,
      open: (options) =>
        opened(options, admin, peer, ioredisAdapter({ cluster: nodes.map(({ url }) => url), ...PATIENT })),
    },
    {
      name: "ioredis, caller's cluster",
      ...facts,
      async open(options) {
        const client = new Cluster(seeds);
        return await opened(options, admin, peer, ioredisAdapter({ client, ...PATIENT }), () =>
          client.disconnect(),
        );
      },
    },
    {
      name: 'ioredis, cluster by proxies',
      ...facts,
      async open(options) {
        const { proxies, disrupt, close } = await proxiesOf(nodes);
        const natMap = Object.fromEntries(
          nodes.map(({ host, port }, index) => [
            `${host}:${port}`,
            { host, port: proxies[index]?.port ?? 0 },
          ]),
        );
        const client = new Cluster(seeds, { natMap, lazyConnect: true });
        const adapter = ioredisAdapter({ client, ...PATIENT });
        return { ...(await opened(options, admin, peer, adapter, close)), disrupt };
      },
    },
  ];
}

/** The same on the master that sentinels name. */
export function ioredisOnSentinel(redis: RedisSentinel, admin: Admin): AdapterHarness[] {
  return [
    {
      name: 'ioredis, sentinel',
      expects: REDIS_FACETS,
      about: () => `sentinel, ${aboutOf(redis.nodes[0])}`,
      async open(options) {
        const sentinels = redis.sentinels.map(({ host, port }) => ({ host, port }));
        const client = new Redis({ sentinels, name: redis.name, lazyConnect: true });
        const { url } = await redis.master();
        const peer = (): RedisPeer => nodeRedisAdapter({ url, ...PATIENT });
        return await opened(options, admin, peer, ioredisAdapter({ client, ...PATIENT }));
      },
    },
  ];
}

/** What a server is, in a few words. */
export function aboutOf(server: Server | undefined): string {
  return server === undefined ? '' : `${server.product} ${server.version} (${server.source})`;
}

async function disconnect(client: Redis): Promise<void> {
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.disconnect();
  await ended;
}
