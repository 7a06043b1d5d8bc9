import { KEEP_ALIVE_MS } from '@cache/core';
import { type ConnectionSource, inquiry, type RedisReplica, type RedisServer } from '@cache/redis-shared';
import { createClient } from 'redis';
import {
  type GuardedOptions,
  guardedOptions,
  type NodeRedisClient,
  type NodeRedisOptions,
  type NodeRedisPool,
  type NodeRedisSocket,
} from './client.ts';
import { onceClient } from './once-client.ts';

/*
 * Where connections come from. Each has a client of its own, which is never connected again: node-redis' own reconnecting
 * ends at its first timeout.
 */

/** Duplicates a client. */
export function fromClient(client: NodeRedisClient): ConnectionSource {
  return sourceOf(client.options, (own) => client.duplicate(own));
}

/** Duplicates a client for a replica of its server. */
export function fromReplica(client: NodeRedisClient, replica: RedisReplica): ConnectionSource {
  const { username, password } = replica;
  // With a path, be it undefined, the driver leaves out what it does for TCP: no delay, and keep-alive.
  const { path: _path, ...socket } = client.options.socket ?? {};
  // What is made of a login wins over it, and a URL over everything.
  const login = password === undefined ? {} : { username, password, credentialsProvider: undefined };
  const options = { ...client.options, socket: { ...socket, ...socketTo(replica) } };
  return sourceOf(options, (own) => client.duplicate({ ...own, ...login, url: undefined }));
}

/** Makes clients for one server. */
export function fromServer(server: RedisServer): ConnectionSource {
  const { username, password, database, clientName: name } = server;
  const socket = { keepAliveInitialDelay: KEEP_ALIVE_MS, ...socketTo(server) };
  const options = { socket, username, password, database, name };
  return fromOptions(options);
}

/** Makes clients with options of `createClient`. */
export function fromOptions(options: NodeRedisOptions & { readonly database: number }): ConnectionSource {
  return sourceOf(options, (own) => createClient({ ...options, ...own }));
}

/**
 * Duplicates a client that a pool lends once. Our calls share one connection, on which they wait for one another only
 * as long as the server works; a pool's other connections would gain nothing and would lose their order.
 */
export function fromPool(pool: NodeRedisPool): ConnectionSource {
  const lend = inquiry(() => pool.execute((client) => client), 'the pool lent no client');
  let lent: ConnectionSource | undefined;
  return {
    get endpoint() {
      return lent?.endpoint ?? 'the pool';
    },
    async client(settings, hear) {
      lent ??= fromClient(await lend(settings.connectTimeoutMs));
      return await lent.client(settings, hear);
    },
  };
}

/** @param make makes a client with these options changed */
function sourceOf(
  options: NodeRedisOptions,
  make: (own: GuardedOptions) => NodeRedisClient,
): ConnectionSource {
  const { host = 'localhost', port = 6379, path } = options.socket ?? {};
  return {
    endpoint: path ?? `${host}:${port}`,
    client: async (settings, hear) => onceClient(make(guardedOptions(options, settings, hear)), hear),
  };
}

/** Where a socket leads, with TLS if that is asked for. */
function socketTo({ host, port, tls }: RedisReplica): NodeRedisSocket {
  return { ...(tls !== undefined && { ...tls, tls: true }), host, port };
}
