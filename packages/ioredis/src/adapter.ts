import { CacheError, connectSettings, systemClock } from '@cache/core';
import {
  nodesAt,
  type RedisAdapter,
  type RedisClusterOptions,
  type RedisLink,
  type RedisNodes,
  type RedisOptions,
  type RedisServerOptions,
  redisAdapter,
  redisCluster,
  redisServer,
} from '@cache/redis-shared';
import type { IoredisClient, IoredisCluster } from './client.ts';
import { nodesOf } from './cluster.ts';
import { Connector } from './connector.ts';

/** Over the caller's client, with whatever options: its connection is duplicated, and it is never closed by us. */
export interface IoredisClientOptions extends RedisOptions {
  readonly client: IoredisClient | IoredisCluster;
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
  const settings = connectSettings(options, 'ioredisAdapter');
  const server = serverFor(options, new Connector(settings));
  const prefix = options.prefix ?? (('client' in options && options.client.options.keyPrefix) || '');
  const { stallTimeoutMs } = settings;
  return redisAdapter({ name: 'ioredis', server, prefix, buckets, clock, stallTimeoutMs });
}

function serverFor(options: IoredisAdapterOptions, connector: Connector): RedisLink | RedisNodes {
  if ('cluster' in options) {
    return nodesAt(redisCluster(options, 'ioredisAdapter'), (one) => connector.toServer(one));
  }
  if (!('client' in options)) return connector.toServer(redisServer(options, 'ioredisAdapter'));
  const { client } = options;
  if (isCluster(client)) return nodesOf(client, connector);
  if (typeof client?.duplicate === 'function') return connector.like(client);
  throw new CacheError('INVALID_OPTION', 'ioredisAdapter: client must be an ioredis client');
}

function isCluster(client: IoredisClient | IoredisCluster): client is IoredisCluster {
  return client?.isCluster === true;
}
