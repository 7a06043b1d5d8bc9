import type { AdapterHarness } from '@cache/conformance';
import { ioredisAdapter } from '@cache/ioredis';
import { nodeRedisAdapter } from '@cache/node-redis';
import type { RedisCluster, RedisSentinel, Server } from '@cache/servers';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { aboutOf } from './ioredis.ts';
import { type Admin, opened, PATIENT, proxiesOf, REDIS_FACETS, type RedisPeer } from './opened.ts';

/** The node-redis adapter on a real server: over a connection of its own, the caller's, and over a bad network. */
export function nodeRedisHarnesses(server: Server, admin: Admin): AdapterHarness[] {
  const facts = { expects: REDIS_FACETS, about: () => aboutOf(server) };
  const { url } = server;
  const peer = (): RedisPeer => ioredisAdapter({ url, ...PATIENT });
  return [
    {
      name: 'node-redis, url',
      ...facts,
      open: (options) => opened(options, admin, peer, nodeRedisAdapter({ url, ...PATIENT })),
    },
    {
      name: "node-redis, caller's client",
      ...facts,
      async open(options) {
        const client = createClient({ url });
        client.on('error', () => undefined);
        await client.connect();
        return await opened(options, admin, peer, nodeRedisAdapter({ client, ...PATIENT }), () =>
          client.destroy(),
        );
      },
    },
    {
      name: "node-redis, caller's pool",
      ...facts,
      async open(options) {
        const client = createClientPool({ url });
        client.on('error', () => undefined);
        await client.connect();
        return await opened(options, admin, peer, nodeRedisAdapter({ client, ...PATIENT }), () =>
          client.destroy(),
        );
      },
    },
    {
      name: 'node-redis, behind a proxy',
      ...facts,
      async open(options) {
        const { proxies, disrupt, close } = await proxiesOf([server]);
        const adapter = nodeRedisAdapter({
          url: proxies[0]?.url('redis') ?? '',
          ...PATIENT,
        });
        return { ...(await opened(options, admin, peer, adapter, close)), disrupt };
      },
    },
  ];
}

/** The same on a cluster. */
export function nodeRedisOnCluster({ nodes }: RedisCluster, admin: Admin): AdapterHarness[] {
  const facts = { expects: REDIS_FACETS, about: () => `cluster, ${aboutOf(nodes[0])}` };
  const rootNodes = nodes.map(({ url }) => ({ url }));
  const peer = (): RedisPeer => ioredisAdapter({ cluster: nodes.map(({ url }) => url), ...PATIENT });
  return [
    {
      name: 'node-redis, cluster',
      ...facts,
      open: (options) =>
        opened(options, admin, peer, nodeRedisAdapter({ cluster: nodes.map(({ url }) => url), ...PATIENT })),
    },
    {
      name: "node-redis, caller's cluster",
      ...facts,
      async open(options) {
        const client = createCluster({ rootNodes });
        client.on('error', () => undefined);
        await client.connect();
        return await opened(options, admin, peer, nodeRedisAdapter({ client, ...PATIENT }), () =>
          client.destroy(),
        );
      },
    },
    {
      name: 'node-redis, cluster by proxies',
      ...facts,
      async open(options) {
        const { proxies, disrupt, close } = await proxiesOf(nodes);
        const nodeAddressMap = Object.fromEntries(
          nodes.map(({ host, port }, index) => [
            `${host}:${port}`,
            { host, port: proxies[index]?.port ?? 0 },
          ]),
        );
        const client = createCluster({ rootNodes, nodeAddressMap });
        const adapter = nodeRedisAdapter({ client, ...PATIENT });
        return { ...(await opened(options, admin, peer, adapter, close)), disrupt };
      },
    },
  ];
}

/** The same on the master that sentinels name. */
export function nodeRedisOnSentinel(redis: RedisSentinel, admin: Admin): AdapterHarness[] {
  return [
    {
      name: 'node-redis, sentinel',
      expects: REDIS_FACETS,
      about: () => `sentinel, ${aboutOf(redis.nodes[0])}`,
      async open(options) {
        const client = createSentinel({
          name: redis.name,
          sentinelRootNodes: redis.sentinels.map(({ host, port }) => ({ host, port })),
        });
        client.on('error', () => undefined);
        await client.connect();
        const { url } = await redis.master();
        const peer = (): RedisPeer => ioredisAdapter({ url, ...PATIENT });
        return await opened(options, admin, peer, nodeRedisAdapter({ client, ...PATIENT }), () =>
          client.destroy(),
        );
      },
    },
  ];
}
