import { CacheError } from '@cache/core';
import type { Address, RedisNodes, RedisServer } from '@cache/redis-shared';
import { Redis } from 'ioredis';
import type { IoredisCluster } from './client.ts';
import type { Connector } from './connector.ts';

/** A seed and what it is asked with that other nodes are not. */
interface Seed extends Address {
  readonly own: object;
}

/**
 * The nodes that a caller's cluster leads to. It is a template: where to begin, how to log in and where nodes are
 * reached. Its own connections are never used, because it sends commands again by itself.
 * @throws CacheError `INVALID_OPTION`
 */
export function nodesOf(client: IoredisCluster, connector: Connector): RedisNodes {
  const { redisOptions = {}, natMap } = client.options;
  if ('db' in redisOptions && redisOptions.db)
    throw new CacheError('INVALID_OPTION', 'ioredisAdapter: a cluster has no database but 0');
  return {
    seeds: () => seedsOf(client),
    link(address) {
      const name = `${address.host}:${address.port}`;
      const { host, port } = (typeof natMap === 'function' ? natMap(name) : natMap?.[name]) ?? address;
      const seed = seedsOf(client).find((one) => one.host === address.host && one.port === address.port);
      return connector.by({ ...redisOptions, ...seed?.own, host, port, db: 0 });
    },
  };
}

/** The nodes of a cluster of which some are known. */
export function nodesAt(servers: readonly RedisServer[], connector: Connector): RedisNodes {
  const [first] = servers;
  return {
    seeds: () => servers,
    link: ({ host, port }) => connector.toServer({ ...(first as RedisServer), host, port }),
  };
}

/** What the client was given to begin with, which it keeps for itself, and what it has found, perhaps by SRV records. */
function seedsOf(client: IoredisCluster): Seed[] {
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
