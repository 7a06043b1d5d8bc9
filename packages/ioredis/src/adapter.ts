import { CacheError, connectSettings, systemClock } from '@cache/core';
import {
  listedReplicas,
  namedReplicas,
  ownServers,
  type RedisAdapter,
  type RedisClusterOptions,
  type RedisOptions,
  type RedisReplicaOptions,
  type RedisServerOptions,
  type RedisServers,
  redisAdapter,
} from '@cache/redis-shared';
import type { IoredisClient, IoredisCluster } from './client.ts';
import { nodesOf } from './cluster.ts';
import { Connector } from './connector.ts';

const ADAPTER = 'ioredisAdapter';

/** Over the caller's client, with whatever options: its connection is duplicated, and it is never closed by us. */
export interface IoredisClientOptions extends RedisOptions {
  readonly client: IoredisClient | IoredisCluster;
  /**
   * Its replicas, which answer reads that may be out of date: a list for a client of one server, `true` for a cluster and
   * for sentinels. Default: none.
   */
  readonly replicas?: boolean | readonly RedisReplicaOptions[];
}

/** Over a connection of our own. */
export interface IoredisServerOptions extends RedisOptions, RedisServerOptions {}

/** Over connections of our own to the nodes of a cluster. */
export interface IoredisClusterOptions extends RedisOptions, RedisClusterOptions {}

export type IoredisAdapterOptions = IoredisClientOptions | IoredisServerOptions | IoredisClusterOptions;

/** The adapter over ioredis. */
export type IoredisAdapter = RedisAdapter<'ioredis'>;

/**
 * Keeps entries on a Redis server or cluster, over ioredis. It connects by itself, now and whenever a connection is
 * lost.
 * @throws CacheError `INVALID_OPTION`
 */
export function ioredisAdapter(options: IoredisAdapterOptions): IoredisAdapter {
  const { clock = systemClock, buckets } = options;
  const settings = connectSettings(options, ADAPTER);
  const servers = serversFor(options, new Connector(settings));
  const prefix = options.prefix ?? (('client' in options && options.client.options.keyPrefix) || '');
  const { stallTimeoutMs } = settings;
  return redisAdapter({ name: 'ioredis', ...servers, prefix, buckets, clock, stallTimeoutMs });
}

function serversFor(options: IoredisAdapterOptions, connector: Connector): RedisServers {
  if ('cluster' in options || !('client' in options)) {
    return ownServers(options, ADAPTER, (server) => connector.toServer(server));
  }
  const asked = { replicas: options.replicas, adapter: ADAPTER };
  const { client } = options;
  if (isCluster(client)) {
    return { server: nodesOf(client, connector), replicas: namedReplicas(asked, 'a cluster') };
  }
  if (typeof client?.duplicate !== 'function') {
    throw new CacheError('INVALID_OPTION', 'ioredisAdapter: client must be an ioredis client');
  }
  if (client.options?.sentinels) {
    const replicas = namedReplicas(asked, 'sentinels') ? [connector.replicaLike(client)] : [];
    return { server: connector.like(client), replicas };
  }
  const replicas = listedReplicas(asked, client.options?.db ?? 0);
  return { server: connector.like(client), replicas: replicas.map((one) => connector.likeAt(client, one)) };
}

function isCluster(client: IoredisClient | IoredisCluster): client is IoredisCluster {
  return client?.isCluster === true;
}
