import { CacheError, type ConnectSettings } from '@cache/core';
import { type Address, nodesLike, type RedisNodes, RenewedLink, type Seed } from '@cache/redis-shared';
import type { NodeRedisCluster, RootNode } from './client.ts';
import { fromOptions } from './source.ts';

/** @throws CacheError `INVALID_OPTION` */
export function nodesOf(client: NodeRedisCluster, settings: ConnectSettings): RedisNodes {
  const { rootNodes, defaults = {}, RESP, nodeAddressMap } = client._options;
  if (defaults.database)
    throw new CacheError('INVALID_OPTION', 'nodeRedisAdapter: a cluster has no database but 0');
  const seeds = rootNodes.map(seedOf);
  return nodesLike({
    seeds: () => seeds,
    addressMap: nodeAddressMap,
    link({ host, port }, own) {
      const socket = { ...defaults.socket, ...own?.socket, host, port };
      const options = { ...defaults, ...own, ...(RESP !== undefined && { RESP }), socket, database: 0 };
      return new RenewedLink(fromOptions(options), settings);
    },
  });
}

/** A root node, by its URL or by its options, as the driver reads it. */
function seedOf({ url, ...own }: RootNode): Seed<RootNode> {
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
