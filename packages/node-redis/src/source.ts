import { type ConnectSettings, KEEP_ALIVE_MS } from '@cache/core';
import type { ConnectionSource, Hear, RedisServer } from '@cache/redis-shared';
import { createClient } from 'redis';
import {
  guardedOptions,
  type NodeRedisClient,
  type NodeRedisPool,
  type NodeRedisSentinel,
} from './client.ts';
import { Connection } from './connection.ts';

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

/** Duplicates the client of the master that the sentinel knows at that time. */
export function fromSentinel(sentinel: NodeRedisSentinel): ConnectionSource {
  // Waits, and asks the sentinels again and again, while the master is not there.
  const ask = single(() => sentinel._execute(false, async (client) => ({ client })));
  return {
    get endpoint() {
      const master = sentinel.getMasterNode();
      return master === undefined ? 'the sentinel' : `${master.host}:${master.port}`;
    },
    async connection(settings, hear) {
      if (!sentinel.isOpen) throw new Error('the sentinel is not connected');
      const { connectTimeoutMs } = settings;
      const { client } = await within(
        ask(),
        connectTimeoutMs,
        'the sentinel named no master that can be reached',
      );
      return duplicate(client, settings, hear);
    },
    // One that still answers, but is cut off from the sentinels, keeps its connections, and loses what it is told.
    watch(moved) {
      const onChange = ({ type }: { readonly type: string }): void => {
        if (type === 'MASTER_CHANGE') moved(new Error('the sentinels name another master'));
      };
      sentinel.on('topology-change', onChange);
      return () => sentinel.off('topology-change', onChange);
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

function duplicate(client: NodeRedisClient, settings: ConnectSettings, hear: Hear | undefined): Connection {
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

function endpointOf({ options }: Pick<NodeRedisClient, 'options'>): string {
  const { host = 'localhost', port = 6379, path } = { ...options.socket } as SocketAddress;
  return path ?? `${host}:${port}`;
}

interface SocketAddress {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
}

/** Runs a task that may take for ever once at a time: who comes while it runs gets the same answer. */
function single<T>(task: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= task().finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function within<T>(promise: Promise<T>, ms: number, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
