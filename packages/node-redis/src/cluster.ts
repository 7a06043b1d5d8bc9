import type { ConnectSettings } from '@cache/core';
import { nodesLike, type RedisNodes, RenewedLink, redisUrl, type Seed } from '@cache/redis-shared';
import type { NodeRedisCluster, NodeRedisOptions, RootNode } from './client.ts';
import { fromOptions } from './source.ts';

/** @throws CacheError `INVALID_OPTION` */
export function nodesOf(client: NodeRedisCluster, settings: ConnectSettings): RedisNodes {
  const { rootNodes, defaults = {}, RESP, nodeAddressMap } = client._options;
  const seeds = rootNodes.map(seedOf);
  return nodesLike({
    adapter: 'nodeRedisAdapter',
    database: defaults.database,
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
function seedOf({ url, ...own }: RootNode): Seed<NodeRedisOptions> {
  const { host = 'localhost', port = 6379 } = own.socket ?? {};
  if (url === undefined) return { host, port, own };
  const there = redisUrl(new URL(url));
  const tls = there.secure && { tls: true };
  return {
    host: there.host ?? host,
    port: there.port ?? port,
    own: { ...own, ...there.login, socket: { ...own.socket, ...tls } },
  };
}
