import type { ConnectionOptions } from 'node:tls';
import { CacheError } from '@cache/core';
import type { Address, RedisNodes } from '@cache/redis-shared';
import type { NodeRedisCluster, RootNode } from './client.ts';
import { NodeRedisLink } from './link.ts';
import { fromServer } from './source.ts';
import { serverAt } from './url.ts';

/** Nodes of a cluster that there are URLs of. */
export interface ClusterOptions {
  /** URLs of some of its nodes, from which all others are learned. Login and TLS are the first one's, for all nodes. */
  readonly cluster: readonly string[];
  /** Instead of the URL's. */
  readonly username?: string;
  /** Instead of the URL's. */
  readonly password?: string;
  /** As of `tls.connect`, such as `{ ca }`. Default: those of Node where the URL begins with `rediss:`, else no TLS. */
  readonly tls?: ConnectionOptions;
  /** The name that CLIENT LIST shows. Default: `cache`. */
  readonly clientName?: string;
}

/** Options of `createClient`, but for host and port. */
interface Template {
  readonly socket?: object | undefined;
}

/** A seed and what it is asked with that other nodes are not. */
interface Seed extends Address {
  readonly own: Template;
}

/**
 * The nodes that a caller's cluster leads to. It is a template: where to begin, how to log in and where nodes are
 * reached. Its own connections are never used, because it sends commands again by itself.
 */
export function nodesOf(client: NodeRedisCluster, stallTimeoutMs: number): RedisNodes {
  const { rootNodes, defaults = {}, RESP, nodeAddressMap } = client._options;
  if (defaults.database) throw refused('a cluster has no database but 0');
  const mapped = (address: Address): Address => {
    const name = `${address.host}:${address.port}`;
    return (typeof nodeAddressMap === 'function' ? nodeAddressMap(name) : nodeAddressMap?.[name]) ?? address;
  };
  const common = { ...defaults, ...(RESP !== undefined && { RESP }) };
  return nodes(common, rootNodes.map(seedOf), mapped, stallTimeoutMs);
}

/** @throws CacheError `INVALID_OPTION` */
export function nodesAt(options: ClusterOptions, stallTimeoutMs: number): RedisNodes {
  const { cluster: urls, username, password, tls, clientName = 'cache' } = options;
  if (!Array.isArray(urls) || urls.length === 0) throw refused('cluster must be a list of URLs');
  const servers = urls.map((url) => serverAt(url));
  if (servers.some(({ database }) => database)) throw refused('a cluster has no database but 0');
  const own = { username, password };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const socket = { ...tls, ...servers[0]?.socket, ...(tls !== undefined && { tls: true as const }) };
  const seeds = servers.map((server) => ({ host: server.socket.host, port: server.socket.port, own: {} }));
  const common = { ...servers[0], ...given, socket, name: clientName };
  return nodes(common, seeds, (address) => address, stallTimeoutMs);
}

function nodes(
  common: Template,
  seeds: readonly Seed[],
  mapped: (address: Address) => Address,
  stallTimeoutMs: number,
): RedisNodes {
  return {
    seeds: () => seeds,
    link(address) {
      const own = seeds.find(({ host, port }) => host === address.host && port === address.port)?.own;
      const { host, port } = mapped(address);
      const socket = { ...common.socket, ...own?.socket, host, port };
      return new NodeRedisLink(fromServer({ ...common, ...own, socket, database: 0 }), stallTimeoutMs);
    },
  };
}

/** A root node, by its URL or by its options. */
function seedOf({ url, ...own }: RootNode): Seed {
  if (url !== undefined) {
    const { socket, ...login } = serverAt(url);
    return { ...socket, own: { ...own, ...login, socket: { ...own.socket, ...socket } } };
  }
  const { host = 'localhost', port = 6379 } = { ...own.socket } as Partial<Address>;
  return { host, port, own };
}

function refused(reason: string): CacheError {
  return new CacheError('INVALID_OPTION', `nodeRedisAdapter: ${reason}`);
}
