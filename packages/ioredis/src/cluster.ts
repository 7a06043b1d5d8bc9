import { nodesLike, type RedisNodes, type Seed } from '@cache/redis-shared';
import { Redis } from 'ioredis';
import type { IoredisCluster } from './client.ts';
import type { Connector } from './connector.ts';

/** @throws CacheError `INVALID_OPTION` */
export function nodesOf(client: IoredisCluster, connector: Connector): RedisNodes {
  const { redisOptions = {}, natMap } = client.options;
  return nodesLike({
    adapter: 'ioredisAdapter',
    database: redisOptions.db,
    seeds: () => seedsOf(client),
    addressMap: natMap,
    link: ({ host, port }, own) => connector.by({ ...redisOptions, ...own, host, port, db: 0 }),
  });
}

/** What the client was given to begin with, which it keeps for itself, and what it has found, perhaps by SRV records. */
function seedsOf(client: IoredisCluster): Seed<object>[] {
  const given: unknown = Reflect.get(client, 'startupNodes');
  const found = client.nodes().map(({ options: { host, port } }) => ({ host, port }));
  return [...(Array.isArray(given) ? given : []), ...found].map((node: string | number | object) => {
    const { host = 'localhost', port = 6379, username, password, tls } = optionsOf(node);
    const own = Object.entries({ username, password, tls }).filter(([, value]) => value);
    return { host, port, own: Object.fromEntries(own) };
  });
}

/** As the driver reads it: a port, a URL, or options. */
function optionsOf(node: string | number | object): Redis['options'] {
  const lazy = { lazyConnect: true };
  if (typeof node === 'number') return new Redis(node, lazy).options;
  if (typeof node === 'string') return new Redis(node, lazy).options;
  return new Redis({ ...node, ...lazy }).options;
}
