import { CacheError, type ConnectSettings, connectSettings, systemClock } from '@cache/core';
import {
  type ConnectionSource,
  listedReplicas,
  namedReplicas,
  nodesAt,
  type RedisAdapter,
  type RedisClusterOptions,
  type RedisLink,
  type RedisOptions,
  type RedisReplicaOptions,
  type RedisServer,
  type RedisServerOptions,
  type RedisServers,
  RenewedLink,
  redisAdapter,
  redisCluster,
  redisServer,
  replicaOf,
} from '@cache/redis-shared';
import type { NodeRedisClient, NodeRedisCluster, NodeRedisPool, NodeRedisSentinel } from './client.ts';
import { nodesOf } from './cluster.ts';
import { fromSentinel, fromSentinelReplica } from './sentinel.ts';
import { fromClient, fromPool, fromReplica, fromServer } from './source.ts';

const ADAPTER = 'nodeRedisAdapter';

/** Over the caller's client, pool, sentinel or cluster: connections are duplicated, and it is never closed by us. */
export interface NodeRedisClientOptions extends RedisOptions {
  readonly client: NodeRedisClient | NodeRedisPool | NodeRedisSentinel | NodeRedisCluster;
  /**
   * Its replicas, which answer reads that may be out of date: a list for a client of one server, `true` for a cluster and
   * for a sentinel made with `replicaPoolSize`. Default: none.
   */
  readonly replicas?: boolean | readonly RedisReplicaOptions[];
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
  const settings = connectSettings(options, ADAPTER);
  const servers = serversFor(options, settings);
  const prefix = options.prefix ?? ('client' in options ? keyPrefixOf(options.client) : '');
  const { stallTimeoutMs } = settings;
  return redisAdapter({ name: 'node-redis', ...servers, prefix, buckets, clock, stallTimeoutMs });
}

function serversFor(options: NodeRedisAdapterOptions, settings: ConnectSettings): RedisServers {
  const asked = { replicas: options.replicas, adapter: ADAPTER };
  const from = (source: ConnectionSource): RedisLink => new RenewedLink(source, settings);
  const linkTo = (one: RedisServer): RedisLink => from(fromServer(one));
  if ('cluster' in options) {
    const replicas = namedReplicas(asked, 'a cluster');
    return { server: nodesAt(redisCluster(options, ADAPTER), linkTo), replicas };
  }
  if (!('client' in options)) {
    const server = redisServer(options, ADAPTER);
    const replicas = listedReplicas(asked, server.database);
    return { server: linkTo(server), replicas: replicas.map((one) => linkTo(replicaOf(server, one))) };
  }
  const { client } = options;
  if (isCluster(client)) {
    return { server: nodesOf(client, settings), replicas: namedReplicas(asked, 'a cluster') };
  }
  if (isSentinel(client)) {
    const replicas = namedReplicas(asked, 'sentinels') ? [from(fromSentinelReplica(client))] : [];
    return { server: from(fromSentinel(client)), replicas };
  }
  if (isPool(client)) {
    if (listedReplicas(asked, 0).length === 0) return { server: from(fromPool(client)), replicas: [] };
    throw refusal('replicas go with a client of createClient, and not with a pool, which hides its options');
  }
  if (!has(client, 'duplicate') || !has(client, 'sendCommand'))
    throw refusal('client must be of createClient or the like');
  const replicas = listedReplicas(asked, client.options.database ?? 0);
  return {
    server: from(fromClient(client)),
    replicas: replicas.map((replica) => from(fromReplica(client, replica))),
  };
}

function isCluster(client: NodeRedisClientOptions['client']): client is NodeRedisCluster {
  return has(client, 'nodeClient');
}

function isSentinel(client: NodeRedisClientOptions['client']): client is NodeRedisSentinel {
  return has(client, 'getMasterNode');
}

function isPool(client: NodeRedisClientOptions['client']): client is NodeRedisPool {
  return has(client, 'execute');
}

function refusal(problem: string): CacheError {
  return new CacheError('INVALID_OPTION', `${ADAPTER}: ${problem}`);
}

function has(client: unknown, method: string): boolean {
  return typeof client === 'object' && client !== null && typeof Reflect.get(client, method) === 'function';
}

function keyPrefixOf(client: NodeRedisClientOptions['client']): string {
  const prefix = '_keyPrefix' in client ? client._keyPrefix : (client as NodeRedisClient).options.keyPrefix;
  const text = (prefix ?? '').toString();
  if (Buffer.isBuffer(prefix) && !Buffer.from(text).equals(prefix)) {
    throw refusal("the client's keyPrefix must be text");
  }
  return text;
}
