import type { ConnectSettings } from '@cache/core';
import type { AddressMap } from '@cache/redis-shared';

/*
 * The parts of node-redis that are used here, as structural types: no published declaration imports the driver, so that
 * any copy and any version with these shapes fits.
 */

/** What `createClient` gives. */
export interface NodeRedisClient {
  readonly options: {
    readonly socket?: object | undefined;
    readonly keyPrefix?: string | Buffer | undefined;
    readonly database?: number | undefined;
  };
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
export interface NodeRedisPool {
  /** Not documented, but the only place where a pool tells of its prefix: its clients have none. */
  readonly _keyPrefix?: string | Buffer | undefined;
  execute<T>(task: (client: NodeRedisClient) => T): Promise<Awaited<T>>;
}

/** What `createSentinel` gives. */
export interface NodeRedisSentinel {
  readonly isOpen: boolean;
  readonly _keyPrefix?: string | Buffer | undefined;
  /** Not documented, but what every command of a sentinel goes through: gives the task the client of the master. */
  _execute<T>(isReadonly: boolean | undefined, task: (client: NodeRedisClient) => Promise<T>): Promise<T>;
  getMasterNode(): { readonly host: string; readonly port: number } | undefined;
  on(event: string, listener: (change: { readonly type: string }) => void): unknown;
  off(event: string, listener: (change: { readonly type: string }) => void): unknown;
}

/** What `createCluster` gives. */
export interface NodeRedisCluster {
  readonly _keyPrefix?: string | Buffer | undefined;
  /** Not documented, but the only place where a cluster tells what it was made with. */
  readonly _options: {
    readonly rootNodes: readonly RootNode[];
    readonly defaults?:
      | { readonly socket?: object | undefined; readonly database?: number | undefined }
      | undefined;
    readonly RESP?: number | undefined;
    readonly nodeAddressMap?: AddressMap | undefined;
  };
  nodeClient(node: never): Promise<unknown>;
}

export interface RootNode {
  readonly url?: string | undefined;
  readonly socket?: object | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** `$`, a bulk string, in node-redis' `RESP_TYPES`: the first byte of the protocol. */
const BLOB_STRING = '$'.charCodeAt(0);

/**
 * How our own connection differs from the caller's, whatever the caller chose: it queues nothing for a connection that
 * is to come, gives bytes, and ends when it is lost. A new connection is a new client, made by the link.
 */
export function guardedOptions(
  { options }: Pick<NodeRedisClient, 'options'>,
  { connectTimeoutMs, keepAliveMs }: ConnectSettings,
): Record<string, unknown> {
  return {
    disableOfflineQueue: true,
    commandsQueueMaxLength: undefined,
    // The driver's own timeout costs an AbortSignal a command and does not cover those that were sent.
    commandOptions: { timeout: 0, typeMapping: { [BLOB_STRING]: Buffer } },
    socket: {
      ...options.socket,
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
