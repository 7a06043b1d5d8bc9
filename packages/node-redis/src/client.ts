import type { ConnectSettings } from '@cache/core';
import type { AddressMap, Hear } from '@cache/redis-shared';

/*
 * The parts of node-redis that are used here, as structural types: no published declaration imports the driver, so that
 * any copy and any version with these shapes fits.
 */

/** Options of a client. */
export interface NodeRedisOptions {
  readonly socket?: NodeRedisSocket | undefined;
  readonly database?: number | undefined;
}

export interface NodeRedisSocket {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
}

/** What all have: not documented, but a pool or a sentinel tells of its prefix nowhere else. */
interface Prefixed {
  readonly _keyPrefix?: string | Buffer | undefined;
}

/** What `createClient` gives. */
export interface NodeRedisClient extends Prefixed {
  readonly options: NodeRedisOptions;
  duplicate(overrides?: Record<string, unknown>): NodeRedisClient;
  connect(): Promise<unknown>;
  sendCommand(args: readonly (string | Buffer)[]): Promise<unknown>;
  subscribe(channel: string, listener: NodeRedisListener, bufferMode: true): Promise<unknown>;
  unsubscribe(channel: string, listener: NodeRedisListener, bufferMode: true): Promise<unknown>;
  destroy(): void;
  on(event: string, listener: (cause: unknown) => void): unknown;
}

/** Hears what is published on a channel, in bytes. */
export type NodeRedisListener = (message: Buffer, channel: Buffer) => void;

/** What `createClientPool` gives. */
export interface NodeRedisPool extends Prefixed {
  execute<T>(task: (client: NodeRedisClient) => T): Promise<Awaited<T>>;
}

/** What `createSentinel` gives. */
export interface NodeRedisSentinel extends Prefixed {
  readonly isOpen: boolean;
  /** Not documented, but what every command of a sentinel goes through: lends the client of a server. */
  _execute<T>(isReadonly: boolean | undefined, task: (client: NodeRedisClient) => Promise<T>): Promise<T>;
  getMasterNode(): { readonly host: string; readonly port: number } | undefined;
  on(event: string, listener: (change: { readonly type: string }) => void): unknown;
  off(event: string, listener: (change: { readonly type: string }) => void): unknown;
}

/** What `createCluster` gives. */
export interface NodeRedisCluster extends Prefixed {
  /** Not documented, but the only place where a cluster tells what it was made with. */
  readonly _options: {
    readonly rootNodes: readonly RootNode[];
    readonly defaults?: NodeRedisOptions | undefined;
    readonly RESP?: number | undefined;
    readonly nodeAddressMap?: AddressMap | undefined;
  };
  nodeClient(node: never): Promise<unknown>;
}

export interface RootNode extends NodeRedisOptions {
  readonly url?: string | undefined;
}

/** `$`, a bulk string, in node-redis' `RESP_TYPES`: the first byte of the protocol. */
const BLOB_STRING = '$'.charCodeAt(0);

/** What a client is made with instead of what was chosen. */
export type GuardedOptions = Readonly<Record<string, unknown>> & { readonly socket: object };

/**
 * How our own connection differs from the caller's, whatever the caller chose: it queues nothing for a connection that
 * is to come, gives bytes, and ends when it is lost. A new connection is a new client, made by the link.
 * @param hear given to one that listens
 */
export function guardedOptions(
  { socket }: NodeRedisOptions,
  { connectTimeoutMs, keepAliveMs }: ConnectSettings,
  hear: Hear | undefined,
): GuardedOptions {
  return {
    // RESP 3 would tell of what is published in another way.
    ...(hear !== undefined && { RESP: 2 }),
    disableOfflineQueue: true,
    commandsQueueMaxLength: undefined,
    // The driver's own timeout costs an AbortSignal a command and does not cover those that were sent.
    commandOptions: { timeout: 0, typeMapping: { [BLOB_STRING]: Buffer } },
    socket: {
      ...socket,
      reconnectStrategy: false,
      connectTimeout: connectTimeoutMs,
      ...(keepAliveMs !== undefined && { keepAlive: keepAliveMs > 0, keepAliveInitialDelay: keepAliveMs }),
      // Would end connections that are merely idle.
      socketTimeout: undefined,
    },
    // Applied by the adapter: the driver adds none to raw commands.
    keyPrefix: undefined,
    pingInterval: undefined,
    readonly: false,
    clientSideCache: undefined,
    emitInvalidate: false,
    // Would move a connection, with what waits on it, to another server.
    maintNotifications: 'disabled',
  };
}
