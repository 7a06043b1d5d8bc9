import {
  CacheError,
  type Clock,
  type ConnectOptions,
  type ConnectSettings,
  connectSettings,
  systemClock,
} from '@cache/core';
import {
  type RedisAdapter,
  type RedisClusterOptions,
  type RedisLink,
  type RedisNodes,
  type RedisServerOptions,
  redisAdapter,
  redisCluster,
  redisServer,
} from '@cache/redis-shared';
import type { NodeRedisClient, NodeRedisCluster, NodeRedisPool, NodeRedisSentinel } from './client.ts';
import { nodesAt, nodesOf } from './cluster.ts';
import { NodeRedisLink } from './link.ts';
import { fromClient, fromPool, fromSentinel, fromServer, type Source } from './source.ts';

interface CommonOptions extends ConnectOptions {
  /** Stands before every key, taken literally; without braces on a cluster. Default: the client's `keyPrefix`, or none. */
  readonly prefix?: string;
  /**
   * Into how many parts each namespace is split over a cluster, 1 to 1024. It must be the same in every process that
   * shares the cluster. Default: 32 on a cluster, else 1.
   */
  readonly buckets?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Over the caller's client, pool, sentinel or cluster: connections are duplicated, and it is never closed by us. */
export interface NodeRedisClientOptions extends CommonOptions {
  readonly client: NodeRedisClient | NodeRedisPool | NodeRedisSentinel | NodeRedisCluster;
}

/** Over a connection of our own. */
export interface NodeRedisServerOptions extends CommonOptions, RedisServerOptions {}

/** Over connections of our own to the nodes of a cluster. */
export interface NodeRedisClusterOptions extends CommonOptions, RedisClusterOptions {}

export type NodeRedisAdapterOptions =
  | NodeRedisClientOptions
  | NodeRedisServerOptions
  | NodeRedisClusterOptions;

/** The adapter over node-redis. */
export type NodeRedisAdapter = RedisAdapter<'node-redis'>;

/**
 * Keeps entries on a Redis server or cluster, over node-redis. It connects by itself, now and whenever a connection is
 * lost.
 * @throws CacheError `INVALID_OPTION`
 */
export function nodeRedisAdapter(options: NodeRedisAdapterOptions): NodeRedisAdapter {
  const { clock = systemClock, buckets } = options;
  const settings = connectSettings(options, 'nodeRedisAdapter');
  const server = serverFor(options, settings);
  const prefix = options.prefix ?? ('client' in options ? keyPrefixOf(options.client) : '');
  const { stallTimeoutMs } = settings;
  return redisAdapter({ name: 'node-redis', server, prefix, buckets, clock, stallTimeoutMs });
}

function serverFor(options: NodeRedisAdapterOptions, settings: ConnectSettings): RedisLink | RedisNodes {
  if ('cluster' in options) return nodesAt(redisCluster(options, 'nodeRedisAdapter'), settings);
  if (!('client' in options)) {
    return new NodeRedisLink(fromServer(redisServer(options, 'nodeRedisAdapter')), settings);
  }
  const { client } = options;
  if (has(client, 'nodeClient')) return nodesOf(client as NodeRedisCluster, settings);
  return new NodeRedisLink(sourceOf(client), settings);
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
