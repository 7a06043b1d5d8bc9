import type { ConnectionOptions } from 'node:tls';
import { CacheError } from '@cache/core';
import type { Address, RedisNodes } from '@cache/redis-shared';
import { Redis } from 'ioredis';
import type { IoredisCluster } from './client.ts';
import { IoredisLink } from './link.ts';
import { serverOf } from './url.ts';

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

/** A seed and what it is asked with that other nodes are not. */
interface Seed extends Address {
  readonly own: Record<string, unknown>;
}

/**
 * The nodes that a caller's cluster leads to. It is a template: where to begin, how to log in and where nodes are
 * reached. Its own connections are never used, because it sends commands again by itself.
 */
export function nodesOf(client: IoredisCluster, guarded: Record<string, unknown>): RedisNodes {
  const { redisOptions = {}, natMap } = client.options;
  if ('db' in redisOptions && redisOptions.db) throw refused('a cluster has no database but 0');
  const mapped = (address: Address): Address => {
    const name = `${address.host}:${address.port}`;
    return (typeof natMap === 'function' ? natMap(name) : natMap?.[name]) ?? address;
  };
  return nodes(redisOptions, () => seedsOf(client), mapped, guarded);
}

/** @throws CacheError `INVALID_OPTION` */
export function nodesAt(options: ClusterOptions, guarded: Record<string, unknown>): RedisNodes {
  const { cluster: urls, username, password, tls, clientName = 'cache' } = options;
  if (!Array.isArray(urls) || urls.length === 0) throw refused('cluster must be a list of URLs');
  const [first, ...others] = urls.map((url) => serverOf(url));
  if ([first, ...others].some((server) => server?.db)) throw refused('a cluster has no database but 0');
  const own = { username, password, tls };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const seeds = [first, ...others].map((server) => {
    return { host: String(server?.host), port: Number(server?.port), own: {} };
  });
  const common = { ...first, ...given, connectionName: clientName };
  return nodes(
    common,
    () => seeds,
    (address) => address,
    guarded,
  );
}

function nodes(
  common: object,
  seeds: () => readonly Seed[],
  mapped: (address: Address) => Address,
  guarded: Record<string, unknown>,
): RedisNodes {
  return {
    seeds,
    link(address) {
      const own = seeds().find(({ host, port }) => host === address.host && port === address.port)?.own;
      const { host, port } = mapped(address);
      return new IoredisLink(new Redis({ ...common, ...own, host, port, db: 0, ...guarded }));
    },
  };
}

/** What the client was given to begin with, which it keeps for itself, and what it has found, perhaps by SRV records. */
function seedsOf(client: IoredisCluster): Seed[] {
  const given: unknown = Reflect.get(client, 'startupNodes');
  const found = client.nodes().map(({ options }) => options);
  return [...(Array.isArray(given) ? given : []), ...found].map((node: string | number | object) => {
    // As the driver reads it: a port, a URL, or options.
    const { host = 'localhost', port = 6379, username, password, tls } = optionsOf(node);
    const own = Object.entries({ username, password, tls }).filter(([, value]) => value);
    return { host, port, own: Object.fromEntries(own) };
  });
}

function optionsOf(node: string | number | object): Redis['options'] {
  const lazy = { lazyConnect: true };
  if (typeof node === 'number') return new Redis(node, lazy).options;
  if (typeof node === 'string') return new Redis(node, lazy).options;
  return new Redis({ ...node, ...lazy }).options;
}

function refused(reason: string): CacheError {
  return new CacheError('INVALID_OPTION', `ioredisAdapter: ${reason}`);
}
