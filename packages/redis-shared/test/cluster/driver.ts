import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { RedisAdapter } from '@cache/redis-shared';
import type { RedisCluster, Server } from '@cache/servers';

export interface AdapterOptions {
  readonly prefix?: string;
  readonly buckets?: number;
  readonly stallTimeoutMs?: number;
}

export interface CallerOptions extends AdapterOptions {
  readonly password?: string;
  readonly keyPrefix?: string;
  readonly database?: number;
  /** Where nodes are reached that call themselves `host:port`. */
  readonly map?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  /** Whether the caller's cluster is left unconnected. */
  readonly unconnected?: boolean;
}

/** What a caller's cluster gave. */
export interface Called {
  readonly adapter: RedisAdapter;
  /** Whether the caller's cluster still works. */
  works(): Promise<boolean>;
  end(): Promise<void>;
}

/** An adapter under test, over one driver. */
export interface ClusterDriver {
  readonly name: string;
  /** Over connections of its own. */
  own(cluster: readonly string[], options?: AdapterOptions): RedisAdapter;
  /** Over a caller's cluster with the driver's defaults. */
  caller(cluster: readonly string[], options?: CallerOptions): Promise<Called>;
}

export const urlsOf = ({ nodes }: RedisCluster): string[] => nodes.map(({ url }) => url);

export const call = (ms = 5000): { deadline: number } => ({ deadline: performance.now() + ms });

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A payload that begins with a stamp of its own, as core makes them. */
let stamps = 0;
export function payload(content: string): Buffer {
  stamps += 1;
  return Buffer.from(`${String(stamps).padStart(16, '0')}${content}`);
}

export const textIn = (stored: { payload: Uint8Array } | undefined): string | undefined =>
  stored && Buffer.from(stored.payload).toString().slice(16);

/** What keeps this process busy: sockets and timers. */
export function busy(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) {
    if (name.startsWith('TCP') || name.startsWith('TLS') || name === 'Timeout')
      counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Of what there is more now than before. */
export function more(before: Readonly<Record<string, number>>): string[] {
  return Object.entries(busy()).flatMap(([name, count]) =>
    count > (before[name] ?? 0) ? [`${count} ${name}`] : [],
  );
}

/** How often nodes without a password have answered MOVED and ASK, by their own count. */
export async function redirects(nodes: readonly Server[]): Promise<{ moved: number; ask: number }> {
  const texts = await Promise.all(nodes.map(errorStats));
  const sum = (word: string): number =>
    texts.reduce(
      (all, text) => all + Number(new RegExp(`errorstat_${word}:count=(\\d+)`).exec(text)?.[1] ?? 0),
      0,
    );
  return { moved: sum('MOVED'), ask: sum('ASK') };
}

async function errorStats({ host, port }: Server): Promise<string> {
  const socket = connect(port, host);
  socket.end('INFO errorstats\r\nQUIT\r\n');
  return await text(socket);
}
