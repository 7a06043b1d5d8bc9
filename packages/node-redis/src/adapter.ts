import type { ConnectionOptions } from 'node:tls';
import { CacheError, type Clock, systemClock } from '@cache/core';
import { type RedisAdapter, type RedisLink, type RedisNodes, redisAdapter } from '@cache/redis-shared';
import type { NodeRedisClient, NodeRedisCluster, NodeRedisPool, NodeRedisSentinel } from './client.ts';
import { type ClusterOptions, nodesAt, nodesOf } from './cluster.ts';
import { NodeRedisLink } from './link.ts';
import { fromClient, fromPool, fromSentinel, fromServer, type Source } from './source.ts';
import { type ServerOptions, serverAt } from './url.ts';

interface CommonOptions {
  /** Stands before every key, taken literally. Default: the client's `keyPrefix`, or none. */
  readonly prefix?: string;
  /**
   * Into how many parts each namespace is split over a cluster, 1 to 1024. It must be the same in every process that
   * shares the cluster. Default: 32 on a cluster, else 1.
   */
  readonly buckets?: number;
  /**
   * A server that owes an answer for so long loses its connection, ms: more than the largest value needs on its way.
   * Default: 2000.
   */
  readonly stallTimeoutMs?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Over the caller's client, pool, sentinel or cluster: connections are duplicated, and it is never closed by us. */
export interface NodeRedisClientOptions extends CommonOptions {
  readonly client: NodeRedisClient | NodeRedisPool | NodeRedisSentinel | NodeRedisCluster;
}

/** Over connections of our own to the nodes of a cluster. */
export interface NodeRedisClusterOptions extends CommonOptions, ClusterOptions {}

/** Over a connection of our own. */
export interface NodeRedisServerOptions extends CommonOptions {
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

export type NodeRedisAdapterOptions =
  | NodeRedisClientOptions
  | NodeRedisServerOptions
  | NodeRedisClusterOptions;

/** The adapter over node-redis. */
export type NodeRedisAdapter = RedisAdapter<'node-redis'>;

const STALL_TIMEOUT_MS = 2000;
const MAX_STALL_TIMEOUT_MS = 3_600_000;

/**
 * Keeps entries on a Redis server or cluster, over node-redis. It connects by itself, now and whenever the connection is lost.
 * @throws CacheError `INVALID_OPTION`
 */
export function nodeRedisAdapter(options: NodeRedisAdapterOptions): NodeRedisAdapter {
  const { clock = systemClock, stallTimeoutMs = STALL_TIMEOUT_MS } = options;
  if (!Number.isSafeInteger(stallTimeoutMs) || stallTimeoutMs < 1 || stallTimeoutMs > MAX_STALL_TIMEOUT_MS) {
    const message = `nodeRedisAdapter: stallTimeoutMs must be a whole number from 1 to ${MAX_STALL_TIMEOUT_MS}`;
    throw new CacheError('INVALID_OPTION', message);
  }
  const server = serverFor(options, stallTimeoutMs);
  const { prefix = 'client' in options ? keyPrefixOf(options.client) : '', buckets } = options;
  return redisAdapter({ name: 'node-redis', server, prefix, buckets, clock });
}

function serverFor(options: NodeRedisAdapterOptions, stallTimeoutMs: number): RedisLink | RedisNodes {
  if ('cluster' in options) return nodesAt(options, stallTimeoutMs);
  if (!('client' in options)) return new NodeRedisLink(fromServer(serverOf(options)), stallTimeoutMs);
  const { client } = options;
  if (has(client, 'nodeClient')) return nodesOf(client as NodeRedisCluster, stallTimeoutMs);
  return new NodeRedisLink(sourceOf(client), stallTimeoutMs);
}

function sourceOf(client: NodeRedisClientOptions['client']): Source {
  if (has(client, 'getMasterNode')) return fromSentinel(client as NodeRedisSentinel);
  if (has(client, 'execute')) return fromPool(client as NodeRedisPool);
  if (has(client, 'duplicate') && has(client, 'sendCommand')) return fromClient(client as NodeRedisClient);
  throw new CacheError('INVALID_OPTION', 'nodeRedisAdapter: client must be of createClient or the like');
}

function has(client: unknown, method: string): boolean {
  return typeof client === 'object' && client !== null && typeof Reflect.get(client, method) === 'function';
}

function keyPrefixOf(client: NodeRedisClientOptions['client']): string {
  const prefix = '_keyPrefix' in client ? client._keyPrefix : (client as NodeRedisClient).options.keyPrefix;
  const text = (prefix ?? '').toString();
  if (Buffer.isBuffer(prefix) && !Buffer.from(text).equals(prefix)) {
    throw new CacheError('INVALID_OPTION', "nodeRedisAdapter: the client's keyPrefix must be text");
  }
  return text;
}

function serverOf(options: NodeRedisServerOptions): ServerOptions {
  const { url, username, password, database, tls, clientName = 'cache' } = options;
  const there = serverAt(url);
  const own = { username, password, database };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const socket = { ...tls, ...there.socket, ...(tls !== undefined && { tls: true as const }) };
  return { ...there, ...given, socket, name: clientName };
}
