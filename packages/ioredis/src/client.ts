import { type ConnectSettings, reconnectDelay } from '@cache/core';
import { type AddressMap, isReplicaRefusal } from '@cache/redis-shared';

/**
 * The part of ioredis' `Redis` that is used here, as structural types: no published declaration imports the driver, so
 * that any copy and any version with this shape fits.
 */
export interface IoredisClient {
  readonly status: string;
  readonly isCluster?: boolean;
  /** Its socket, where it has one. */
  readonly stream?: { readonly bytesRead: number; destroy(cause: Error): unknown } | undefined;
  readonly options: {
    readonly host?: string | undefined;
    readonly port?: number | undefined;
    readonly path?: string | undefined;
    readonly keyPrefix?: string | undefined;
    readonly sentinels?: readonly object[] | null | undefined;
    readonly name?: string | null | undefined;
    readonly db?: number | undefined;
    readonly role?: string | undefined;
  };
  duplicate(override?: Record<string, unknown>): IoredisClient;
  sendCommand(command: unknown, stream?: { write(bytes: unknown): unknown }): unknown;
  disconnect(reconnect?: boolean): void;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** What `new Cluster` gives. */
export interface IoredisCluster {
  readonly isCluster: boolean;
  readonly options: {
    readonly redisOptions?: { readonly db?: number | undefined } | undefined;
    readonly keyPrefix?: string | undefined;
    readonly natMap?: AddressMap | undefined;
  };
  nodes(): readonly { readonly options: NodeAddress }[];
}

interface NodeAddress {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/**
 * How our own connection differs from the caller's, whatever the caller chose. Nothing is queued for a connection that
 * is to come, and nothing is resent.
 */
export function guardedOptions(settings: ConnectSettings): Record<string, unknown> {
  const { keepAliveMs } = settings;
  return {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // `false` would leave commands in flight pending for ever (ioredis 6.0.0); with no retries nothing is resent.
    autoResendUnfulfilledCommands: true,
    retryStrategy: (attempt: number) => reconnectDelay(settings, attempt),
    reconnectOnError: null,
    // It takes a silence that the process slept through for the server's: the link watches what the server owes.
    socketTimeout: undefined,
    connectTimeout: settings.connectTimeoutMs,
    // What is no number is none.
    ...(keepAliveMs !== undefined && { keepAlive: keepAliveMs === 0 ? null : keepAliveMs }),
    disconnectTimeout: 200,
    commandTimeout: undefined,
    lazyConnect: false,
    enableReadyCheck: true,
    enableAutoPipelining: false,
    // Applied by the adapter, because SCAN is not covered by the driver's own.
    keyPrefix: '',
    stringNumbers: false,
    replyMapping: 'legacy',
    readOnly: false,
    monitor: false,
    scripts: undefined,
  };
}

/** The same for a replica, of which the driver takes any that the sentinels know to be up. */
export function sentinelReplicaOptions(settings: ConnectSettings): Record<string, unknown> {
  return { ...sentinelOptions(settings), role: 'slave', reconnectOnError: null };
}

/**
 * What is different under sentinels: the connection goes to another server when these name another master, and when the
 * server turns out to be a replica, because a master that has been replaced loses what it is told.
 */
export function sentinelOptions(settings: ConnectSettings): Record<string, unknown> {
  return {
    role: 'master',
    failoverDetector: true,
    // `true` connects again; 2 would also send the command again.
    reconnectOnError: isReplicaRefusal,
    // Without one the connection would be given up for good.
    sentinelRetryStrategy: (attempt: number) => reconnectDelay(settings, attempt),
  };
}
