import {
  CacheError,
  type Clock,
  type ConnectOptions,
  connectSettings,
  KEEP_ALIVE_MS,
  systemClock,
} from '@cache/core';
import { type RedisAdapter, type RedisServerOptions, redisAdapter, redisServer } from '@cache/redis-shared';
import { Redis } from 'ioredis';
import { guardedOptions, type IoredisClient } from './client.ts';
import { IoredisLink } from './link.ts';

interface CommonOptions extends ConnectOptions {
  /** Stands before every key, taken literally. Default: the client's `keyPrefix`, or none. */
  readonly prefix?: string;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Over the caller's client, with whatever options: its connection is duplicated, and it is never closed by us. */
export interface IoredisClientOptions extends CommonOptions {
  readonly client: IoredisClient;
}

/** Over a connection of our own. */
export interface IoredisServerOptions extends CommonOptions, RedisServerOptions {}

export type IoredisAdapterOptions = IoredisClientOptions | IoredisServerOptions;

/** The adapter over ioredis. */
export type IoredisAdapter = RedisAdapter<'ioredis'>;

/**
 * Keeps entries on a Redis server, over ioredis. It connects by itself, now and whenever the connection is lost.
 * @throws CacheError `INVALID_OPTION`
 */
export function ioredisAdapter(options: IoredisAdapterOptions): IoredisAdapter {
  const { clock = systemClock } = options;
  const settings = connectSettings(options, 'ioredisAdapter');
  const guarded = guardedOptions(settings);
  if ('client' in options) {
    const { client } = options;
    if (typeof client?.duplicate !== 'function')
      throw new CacheError('INVALID_OPTION', 'ioredisAdapter: client must be an ioredis client');
    if (client.isCluster)
      throw new CacheError(
        'UNSUPPORTED',
        'ioredisAdapter: clusters are not supported yet; give a Redis client',
      );
    const prefix = options.prefix ?? client.options.keyPrefix ?? '';
    return redisAdapter({
      name: 'ioredis',
      link: new IoredisLink(client.duplicate(guarded), settings.connectTimeoutMs),
      prefix,
      clock,
    });
  }
  const link = new IoredisLink(connect(options, guarded), settings.connectTimeoutMs);
  return redisAdapter({ name: 'ioredis', link, prefix: options.prefix ?? '', clock });
}

function connect(options: IoredisServerOptions, guarded: Record<string, unknown>): IoredisClient {
  const { database: db, clientName: connectionName, ...server } = redisServer(options, 'ioredisAdapter');
  const given = Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined));
  return new Redis({ ...given, db, connectionName, keepAlive: KEEP_ALIVE_MS, ...guarded });
}
