import { CacheError, type ConnectSettings, connectSettings, systemClock } from '@cache/core';
import {
  type ConnectionSource,
  nodesAt,
  type RedisAdapter,
  type RedisClusterOptions,
  type RedisLink,
  type RedisNodes,
  type RedisOptions,
  type RedisServer,
  type RedisServerOptions,
  RenewedLink,
  redisAdapter,
  redisCluster,
  redisServer,
} from '@cache/redis-shared';
import type { NodeRedisClient, NodeRedisCluster, NodeRedisPool, NodeRedisSentinel } from './client.ts';
import { nodesOf } from './cluster.ts';
import { fromClient, fromPool, fromSentinel, fromServer } from './source.ts';

/** Over the caller's client, pool, sentinel or cluster: connections are duplicated, and it is never closed by us. */
export interface NodeRedisClientOptions extends RedisOptions {
  readonly client: NodeRedisClient | NodeRedisPool | NodeRedisSentinel | NodeRedisCluster;
}

/** Over a connection of our own. */
export interface NodeRedisServerOptions extends RedisOptions, RedisServerOptions {}

/** Over connections of our own to the nodes of a cluster. */
export interface NodeRedisClusterOptions extends RedisOptions, RedisClusterOptions {}

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
  const linkTo = (one: RedisServer): RedisLink => new RenewedLink(fromServer(one), settings);
  if ('cluster' in options) return nodesAt(redisCluster(options, 'nodeRedisAdapter'), linkTo);
  if (!('client' in options)) return linkTo(redisServer(options, 'nodeRedisAdapter'));
  const { client } = options;
  if (has(client, 'nodeClient')) return nodesOf(client as NodeRedisCluster, settings);
  return new RenewedLink(sourceOf(client), settings);
}

function sourceOf(client: NodeRedisClientOptions['client']): ConnectionSource {
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
