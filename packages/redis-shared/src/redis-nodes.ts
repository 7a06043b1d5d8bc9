import { CacheError } from '@cache/core';
import { type Address, addressText } from './address.ts';
import type { RedisLink } from './link.ts';
import type { RedisServer } from './server.ts';

/** What a driver must offer for a cluster. */
export interface RedisNodes {
  /** Some nodes to begin with, and to come back to when no other can be reached. */
  seeds(): readonly Address[];
  /** A link to one node, wherever it says that it is. */
  link(address: Address): RedisLink;
}

/** Where nodes are reached that call themselves `host:port`. */
export type AddressMap =
  | Readonly<Record<string, Address>>
  | ((address: string) => Address | null | undefined);

/** A node to begin with, and what it is asked with that other nodes are not. */
export interface Seed<O> extends Address {
  readonly own: O;
}

/** What a caller's cluster tells of itself. */
export interface ClusterTemplate<O> {
  /** How messages about options call the adapter. */
  readonly adapter: string;
  /** What its connections choose, which no cluster has but 0. */
  readonly database: number | undefined;
  seeds(): readonly Seed<O>[];
  readonly addressMap: AddressMap | undefined;
  /** @param own what a seed is asked with */
  link(address: Address, own: O | undefined): RedisLink;
}

/**
 * The nodes that a caller's cluster leads to. It is a template: where to begin, how to log in and where nodes are
 * reached. Its own connections are never used, because it sends commands again by itself.
 * @throws CacheError `INVALID_OPTION`
 */
export function nodesLike<O>(template: ClusterTemplate<O>): RedisNodes {
  const { adapter, database, seeds, addressMap, link } = template;
  if (database) throw new CacheError('INVALID_OPTION', `${adapter}: a cluster has no database but 0`);
  return {
    seeds,
    link(address) {
      const name = addressText(address);
      const mapped = typeof addressMap === 'function' ? addressMap(name) : addressMap?.[name];
      const seed = seeds().find((one) => addressText(one) === name);
      return link(mapped ?? address, seed?.own);
    },
  };
}

/** The nodes of a cluster of which some are known. */
export function nodesAt(
  servers: readonly RedisServer[],
  link: (server: RedisServer) => RedisLink,
): RedisNodes {
  const [first] = servers;
  return {
    seeds: () => servers,
    link: ({ host, port }) => link({ ...(first as RedisServer), host, port }),
  };
}
