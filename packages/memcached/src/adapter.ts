import { CacheError, type Clock, type ConnectOptions, connectSettings, systemClock } from '@cache/core';
import {
  type MemcachedServer,
  memcachedServers,
  type PoolAdapter,
  type PoolOptions,
  poolAdapter,
  type ServerOptions,
  type ServersOptions,
} from '@cache/memcached-shared';
import type { MemjsClient } from './client.ts';
import { connector } from './connector.ts';

interface CommonOptions extends ConnectOptions, PoolOptions {
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Over the servers that the caller's client was made with, with its credentials; the client itself is not used. */
export interface MemcachedClientOptions extends CommonOptions {
  readonly client: MemjsClient;
}

/** Over one server. */
export interface MemcachedUrlOptions extends CommonOptions, ServerOptions {}

/** Over several servers, each key on one of them. */
export interface MemcachedServersOptions extends CommonOptions, ServersOptions {}

export type MemcachedAdapterOptions = MemcachedClientOptions | MemcachedUrlOptions | MemcachedServersOptions;

/** The adapter over memjs. */
export type MemcachedAdapter = PoolAdapter<'memcached'>;

const CALLER = 'memcachedAdapter';

/**
 * Keeps entries on memcached servers, over memjs. It connects by itself, now and whenever a connection is lost.
 * @throws CacheError `INVALID_OPTION`
 */
export function memcachedAdapter(options: MemcachedAdapterOptions): MemcachedAdapter {
  const { clock = systemClock } = options;
  const settings = connectSettings(options, CALLER);
  const servers = 'client' in options ? serversOf(options.client) : memcachedServers(options, CALLER);
  const link = connector(settings, clock);
  return poolAdapter({ name: 'memcached', caller: CALLER, servers, link, settings, clock }, options);
}

function serversOf(client: MemjsClient): MemcachedServer[] {
  const servers: unknown = client?.servers;
  if (!Array.isArray(servers)) throw invalid('client must be a memjs client');
  return (servers as MemjsClient['servers']).map(({ host, port, username, password }) => {
    if (typeof host !== 'string' || !(Number(port) >= 1 && Number(port) <= 65_535)) {
      throw invalid('a server of the client has no host and port');
    }
    return { host, port: Number(port), username, password };
  });
}

function invalid(problem: string): CacheError {
  return new CacheError('INVALID_OPTION', `${CALLER}: ${problem}`);
}
