import { CacheError, type Clock, type ConnectOptions, connectSettings, systemClock } from '@cache/core';
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
import type { IoredisClient, IoredisCluster } from './client.ts';
import { nodesAt, nodesOf } from './cluster.ts';
import { Connector } from './connector.ts';

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

/** Over the caller's client, with whatever options: its connection is duplicated, and it is never closed by us. */
export interface IoredisClientOptions extends CommonOptions {
  readonly client: IoredisClient | IoredisCluster;
}

/** Over a connection of our own. */
export interface IoredisServerOptions extends CommonOptions, RedisServerOptions {}

/** Over connections of our own to the nodes of a cluster. */
export interface IoredisClusterOptions extends CommonOptions, RedisClusterOptions {}

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
  const settings = connectSettings(options, 'ioredisAdapter');
  const server = serverFor(options, new Connector(settings));
  const prefix = options.prefix ?? (('client' in options && options.client.options.keyPrefix) || '');
  const { stallTimeoutMs } = settings;
  return redisAdapter({ name: 'ioredis', server, prefix, buckets, clock, stallTimeoutMs });
}

function serverFor(options: IoredisAdapterOptions, connector: Connector): RedisLink | RedisNodes {
  if ('cluster' in options) return nodesAt(redisCluster(options, 'ioredisAdapter'), connector);
  if (!('client' in options)) return connector.toServer(redisServer(options, 'ioredisAdapter'));
  const { client } = options;
  if (isCluster(client)) return nodesOf(client, connector);
  if (typeof client?.duplicate === 'function') return connector.like(client);
  throw new CacheError('INVALID_OPTION', 'ioredisAdapter: client must be an ioredis client');
}

function isCluster(client: IoredisClient | IoredisCluster): client is IoredisCluster {
  return client?.isCluster === true;
}
