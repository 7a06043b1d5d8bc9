import { type ConnectSettings, KEEP_ALIVE_MS } from '@cache/core';
import type { ConnectionSource, Hear, RedisReplica, RedisServer } from '@cache/redis-shared';
import { createClient } from 'redis';
import { guardedOptions, type NodeRedisClient, type NodeRedisPool } from './client.ts';
import { Connection } from './connection.ts';
import { single, within } from './waiting.ts';

/*
 * Where connections come from. Each has a client of its own, which is never connected again: node-redis' own reconnecting
 * ends at its first timeout.
 */

/** Duplicates a client. */
export function fromClient(client: NodeRedisClient): ConnectionSource {
  return {
    endpoint: endpointOf(client),
    connection: async (settings, hear) => duplicate(client, settings, hear),
  };
}

/**
 * Duplicates a client that a pool lends once. Our calls share one connection, on which they wait for one another only
 * as long as the server works; a pool's other connections would gain nothing and would lose their order.
 */
export function fromPool(pool: NodeRedisPool): ConnectionSource {
  let lent: NodeRedisClient | undefined;
  const lend = single(() => pool.execute((client) => client));
  return {
    get endpoint() {
      return lent === undefined ? 'the pool' : endpointOf(lent);
    },
    async connection(settings, hear) {
      lent ??= await within(lend(), settings.connectTimeoutMs, 'the pool lent no client');
      return duplicate(lent, settings, hear);
    },
  };
}

/** Duplicates a client for a replica of its server. */
export function fromReplica(client: NodeRedisClient, replica: RedisReplica): ConnectionSource {
  const { host, port, username, password, tls } = replica;
  const secure = tls !== undefined && { ...tls, tls: true };
  const options = {
    ...client.options,
    socket: { ...client.options.socket, ...secure, host, port, path: undefined },
  };
  // What is made of a login wins over it, and a URL over everything.
  const login = password === undefined ? {} : { username, password, credentialsProvider: undefined };
  return {
    endpoint: endpointOf({ options }),
    async connection(settings, hear) {
      const own = { ...ownOptions({ options }, settings, hear), ...login, url: undefined };
      return new Connection(client.duplicate(own), settings, hear);
    },
  };
}

/** Makes clients for one server. */
export function fromServer(server: RedisServer): ConnectionSource {
  const { host, port, username, password, database, tls, clientName: name } = server;
  const socket = {
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    ...tls,
    host,
    port,
    ...(tls !== undefined && { tls: true as const }),
  };
  const login = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  const options = { socket, ...login, database, name };
  return fromOptions(options);
}

/** Makes clients with options of `createClient`. */
export function fromOptions(options: ClientOptions): ConnectionSource {
  return {
    endpoint: endpointOf({ options }),
    connection: async (settings, hear) => {
      const client = createClient({ ...options, ...ownOptions({ options }, settings, hear) });
      return new Connection(client, settings, hear);
    },
  };
}

/** As far as they matter here. */
interface ClientOptions {
  readonly socket: object;
  readonly database: number;
}

/** A connection with the options of a client. */
export function duplicate(
  client: NodeRedisClient,
  settings: ConnectSettings,
  hear: Hear | undefined,
): Connection {
  return new Connection(client.duplicate(ownOptions(client, settings, hear)), settings, hear);
}

/** @param hear given to one that listens, for which RESP 3 would be another language */
function ownOptions(
  client: Pick<NodeRedisClient, 'options'>,
  settings: ConnectSettings,
  hear: Hear | undefined,
): Record<string, unknown> {
  return { ...guardedOptions(client, settings), ...(hear !== undefined && { RESP: 2 }) };
}

/** Where a client leads. */
export function endpointOf({ options }: Pick<NodeRedisClient, 'options'>): string {
  const { host = 'localhost', port = 6379, path } = { ...options.socket } as SocketAddress;
  return path ?? `${host}:${port}`;
}

interface SocketAddress {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
}
