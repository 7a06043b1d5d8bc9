import { CacheError, type ConnectSettings } from '@cache/core';
import type { Address, RedisNodes, RedisServer } from '@cache/redis-shared';
import type { NodeRedisCluster, RootNode } from './client.ts';
import { NodeRedisLink } from './link.ts';
import { fromOptions, fromServer } from './source.ts';

/** A seed and what it is asked with that other nodes are not. */
interface Seed extends Address {
  readonly own: RootNode;
}

/**
 * The nodes that a caller's cluster leads to. It is a template: where to begin, how to log in and where nodes are
 * reached. Its own connections are never used, because it sends commands again by itself.
 * @throws CacheError `INVALID_OPTION`
 */
export function nodesOf(client: NodeRedisCluster, settings: ConnectSettings): RedisNodes {
  const { rootNodes, defaults = {}, RESP, nodeAddressMap } = client._options;
  if (defaults.database)
    throw new CacheError('INVALID_OPTION', 'nodeRedisAdapter: a cluster has no database but 0');
  const seeds = rootNodes.map(seedOf);
  return {
    seeds: () => seeds,
    link(address) {
      const name = `${address.host}:${address.port}`;
      const mapped = typeof nodeAddressMap === 'function' ? nodeAddressMap(name) : nodeAddressMap?.[name];
      const { host, port } = mapped ?? address;
      const own = seeds.find((one) => one.host === address.host && one.port === address.port)?.own;
      const socket = { ...defaults.socket, ...own?.socket, host, port };
      const options = { ...defaults, ...own, ...(RESP !== undefined && { RESP }), socket, database: 0 };
      return new NodeRedisLink(fromOptions(options), settings);
    },
  };
}

/** The nodes of a cluster of which some are known. */
export function nodesAt(servers: readonly RedisServer[], settings: ConnectSettings): RedisNodes {
  const [first] = servers;
  return {
    seeds: () => servers,
    link({ host, port }) {
      return new NodeRedisLink(fromServer({ ...(first as RedisServer), host, port }), settings);
    },
  };
}

/** A root node, by its URL or by its options, as the driver reads it. */
function seedOf({ url, ...own }: RootNode): Seed {
  const { host = 'localhost', port = 6379 } = { ...own.socket } as Partial<Address>;
  if (url === undefined) return { host, port, own };
  const { hostname, port: number, protocol, username, password } = new URL(url);
  const login = {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  };
  const tls = protocol === 'rediss:' && { tls: true };
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1') || host,
    port: number === '' ? port : Number(number),
    own: { ...own, ...login, socket: { ...own.socket, ...tls } },
  };
}
