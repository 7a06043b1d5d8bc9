import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { RedisAdapter, RedisReplicaOptions } from '@cache/redis-shared';
import type { RedisSentinel, Server } from '@cache/servers';

export interface ReplicasOptions {
  readonly url?: string;
  readonly cluster?: readonly string[];
  readonly replicas: unknown;
  readonly stallTimeoutMs?: number;
}

/** An adapter, and how to end it and what it stands on. */
export interface Opened {
  readonly adapter: RedisAdapter;
  end(): Promise<void>;
}

/** Adapters with replicas under test, over one driver. */
export interface ReplicasDriver {
  readonly name: string;
  /** Over connections of its own. */
  own(options: ReplicasOptions): RedisAdapter;
  /** Over a caller's client. */
  caller(url: string, replicas: readonly RedisReplicaOptions[]): Promise<Opened>;
  /** Over a caller's client of a cluster. */
  callerOfCluster(urls: readonly string[]): Promise<Opened>;
  /** Over a caller's client of sentinels. */
  callerOfSentinels(sentinels: RedisSentinel, replicas: unknown): Promise<Opened>;
}

/** How many commands of a name a server without a password has carried out. */
export async function count({ host, port }: Server, command: string): Promise<number> {
  const socket = connect(port, host);
  socket.end('INFO commandstats\r\nQUIT\r\n');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await text(socket))?.[1] ?? 0);
}

/** The same of several. */
export async function counts(servers: readonly Server[], command: string): Promise<number> {
  const all = await Promise.all(servers.map((server) => count(server, command)));
  return all.reduce((sum, one) => sum + one, 0);
}
