import type { ConnectionOptions } from 'node:tls';
import { CacheError, type Clock, systemClock } from '@cache/core';
import { type RedisAdapter, type RedisLink, type RedisNodes, redisAdapter } from '@cache/redis-shared';
import { Redis } from 'ioredis';
import { guardedOptions, type IoredisClient, type IoredisCluster, sentinelOptions } from './client.ts';
import { type ClusterOptions, nodesAt, nodesOf } from './cluster.ts';
import { IoredisLink } from './link.ts';
import { serverOf } from './url.ts';

interface CommonOptions {
  /** Stands before every key, taken literally. Default: the client's `keyPrefix`, or none. */
  readonly prefix?: string;
  /**
   * Into how many parts each namespace is split over a cluster, 1 to 1024. It must be the same in every process that
   * shares the cluster. Default: 32 on a cluster, else 1.
   */
  readonly buckets?: number;
  /** A server that owes an answer for so long loses its connection, ms. Default: 2000. */
  readonly stallTimeoutMs?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Over the caller's client, with whatever options: its connection is duplicated, and it is never closed by us. */
export interface IoredisClientOptions extends CommonOptions {
  readonly client: IoredisClient | IoredisCluster;
}

/** Over connections of our own to the nodes of a cluster. */
export interface IoredisClusterOptions extends CommonOptions, ClusterOptions {}

/** Over a connection of our own. */
export interface IoredisServerOptions extends CommonOptions {
  /** `redis://user:password@host:port/database`; `rediss://` for TLS. */
  readonly url: string;
  /** Instead of the URL's. */
  readonly username?: string;
  /** Instead of the URL's. */
  readonly password?: string;
  /** The database's number, instead of the URL's. Default: 0. */
  readonly database?: number;
  /** As of `tls.connect`, such as `{ ca }`. Default: those of Node where the URL begins with `rediss:`, else no TLS. */
  readonly tls?: ConnectionOptions;
  /** The name that CLIENT LIST shows. Default: `cache`. */
  readonly clientName?: string;
}

export type IoredisAdapterOptions = IoredisClientOptions | IoredisServerOptions | IoredisClusterOptions;

/** The adapter over ioredis. */
export type IoredisAdapter = RedisAdapter<'ioredis'>;

const STALL_TIMEOUT_MS = 2000;
const MAX_STALL_TIMEOUT_MS = 3_600_000;

/**
 * Keeps entries on a Redis server or cluster, over ioredis. It connects by itself, now and whenever the connection is lost.
 * @throws CacheError `INVALID_OPTION`
 */
export function ioredisAdapter(options: IoredisAdapterOptions): IoredisAdapter {
  const { clock = systemClock, stallTimeoutMs = STALL_TIMEOUT_MS } = options;
  if (!Number.isSafeInteger(stallTimeoutMs) || stallTimeoutMs < 1 || stallTimeoutMs > MAX_STALL_TIMEOUT_MS) {
    const message = `ioredisAdapter: stallTimeoutMs must be a whole number from 1 to ${MAX_STALL_TIMEOUT_MS}`;
    throw new CacheError('INVALID_OPTION', message);
  }
  const server = serverFor(options, guardedOptions(stallTimeoutMs));
  const { prefix = prefixOf(options), buckets } = options;
  return redisAdapter({ name: 'ioredis', server, prefix, buckets, clock });
}

function serverFor(options: IoredisAdapterOptions, guarded: Record<string, unknown>): RedisLink | RedisNodes {
  if ('cluster' in options) return nodesAt(options, guarded);
  if (!('client' in options)) return new IoredisLink(connect(options, guarded));
  const { client } = options;
  if (isCluster(client)) return nodesOf(client, guarded);
  if (typeof client?.duplicate !== 'function')
    throw new CacheError('INVALID_OPTION', 'ioredisAdapter: client must be an ioredis client');
  const watched = client.options?.sentinels ? sentinelOptions() : {};
  return new IoredisLink(client.duplicate({ ...guarded, ...watched }));
}

function isCluster(client: IoredisClient | IoredisCluster): client is IoredisCluster {
  return client?.isCluster === true;
}

function prefixOf(options: IoredisAdapterOptions): string {
  return ('client' in options && options.client?.options?.keyPrefix) || '';
}

function connect(options: IoredisServerOptions, guarded: Record<string, unknown>): IoredisClient {
  const { url, username, password, database, tls, clientName = 'cache' } = options;
  const own = { username, password, db: database, tls };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return new Redis({ ...serverOf(url), ...given, connectionName: clientName, ...guarded });
}
