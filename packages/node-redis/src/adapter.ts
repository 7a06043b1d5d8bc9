import { CacheError, type ConnectSettings, connectSettings, systemClock } from '@cache/core';
import {
  type ConnectionSource,
  listedReplicas,
  namedReplicas,
  ownServers,
  type RedisAdapter,
  type RedisClusterOptions,
  type RedisLink,
  type RedisOptions,
  type RedisReplicaOptions,
  type RedisServerOptions,
  type RedisServers,
  RenewedLink,
  redisAdapter,
} from '@cache/redis-shared';
import type { NodeRedisClient, NodeRedisCluster, NodeRedisPool, NodeRedisSentinel } from './client.ts';
import { nodesOf } from './cluster.ts';
import { fromSentinel } from './sentinel.ts';
import { fromClient, fromPool, fromReplica, fromServer } from './source.ts';

const ADAPTER = 'nodeRedisAdapter';

type Client = NodeRedisClient | NodeRedisPool | NodeRedisSentinel | NodeRedisCluster;

/** Over the caller's client, pool, sentinel or cluster: connections are duplicated, and it is never closed by us. */
export interface NodeRedisClientOptions extends RedisOptions {
  readonly client: Client;
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
  const from = (source: ConnectionSource): RedisLink => new RenewedLink(source, settings);
  if ('cluster' in options || !('client' in options)) {
    return ownServers(options, ADAPTER, (server) => from(fromServer(server)));
  }
  const asked = { replicas: options.replicas, adapter: ADAPTER };
  const { client } = options;
  if (has(client, 'nodeClient')) {
    return { server: nodesOf(client, settings), replicas: namedReplicas(asked, 'a cluster') };
  }
  if (has(client, 'getMasterNode')) {
    const replicas = namedReplicas(asked, 'sentinels') ? [from(fromSentinel(client, 'replica'))] : [];
    return { server: from(fromSentinel(client, 'master')), replicas };
  }
  if (has(client, 'execute')) {
    if (listedReplicas(asked, 0).length === 0) return { server: from(fromPool(client)), replicas: [] };
    throw refusal('replicas go with a client of createClient, and not with a pool, which hides its options');
  }
  if (!has(client, 'duplicate')) throw refusal('client must be of createClient or the like');
  const replicas = listedReplicas(asked, client.options.database ?? 0);
  return {
    server: from(fromClient(client)),
    replicas: replicas.map((replica) => from(fromReplica(client, replica))),
  };
}

/** Whether it is the kind of client that has such a method. */
function has<M extends string>(client: Client, method: M): client is Extract<Client, Record<M, unknown>> {
  return typeof client === 'object' && client !== null && method in client;
}

function keyPrefixOf({ _keyPrefix: prefix = '' }: Client): string {
  const text = prefix.toString();
  if (Buffer.isBuffer(prefix) && !Buffer.from(text).equals(prefix)) {
    throw refusal("the client's keyPrefix must be text");
  }
  return text;
}

function refusal(problem: string): CacheError {
  return new CacheError('INVALID_OPTION', `${ADAPTER}: ${problem}`);
}
