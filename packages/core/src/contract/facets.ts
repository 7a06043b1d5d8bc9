import type { Duration } from '../duration.ts';
import type { Call, Stored, Touch } from './adapter.ts';
import type { Journal } from './journal.ts';
import type { Outcome } from './outcome.ts';

/**
 * A store in this process, one key at a time and without promises: another door to what the batched methods reach. Core
 * reads and writes through it, so whoever wraps an adapter and changes `read` or `write` must change this as well, or
 * leave it out.
 */
export interface SyncStore<P> {
  get(key: string): P | undefined;
  /** Replaces value and life, or throws and leaves both. `ttlMs` as in `Write`. */
  set(key: string, payload: P, ttlMs: number | null): void;
  /** Whether something was removed. */
  delete(key: string): boolean;
  /** Forgets everything in this store. */
  clear(): void;
}

/** The server's view of life and time. */
export interface Expiry<P> {
  /** Reads each key and, where something is there, gives it another life, in one atomic step. */
  readAndTouch(touches: readonly Touch[], call: Call): Promise<Outcome<Stored<P> | undefined>[]>;
  /** The remaining life in ms, null = no end, undefined = nothing there. */
  remaining(keys: readonly string[], call: Call): Promise<Outcome<number | null | undefined>[]>;
}

/** Adds to a signed 64-bit integer, which is made with `initial` and `ttlMs` where nothing is there. */
export interface CounterAdd {
  readonly key: string;
  /** Within ±(2^63 − 1). An addition that would leave the signed 64-bit range fails with `OUT_OF_RANGE`. */
  readonly by: bigint;
  /** What the counter holds before its first addition. */
  readonly initial: bigint;
  /** Life from creation, never renewed by an addition. */
  readonly ttlMs: number | null;
}

export interface Counters {
  /** Adds atomically and answers the new value. Fails with `WRONG_TYPE` where the key holds something else. */
  add(additions: readonly CounterAdd[], call: Call): Promise<Outcome<bigint>[]>;
}

export interface FloatAdd {
  readonly key: string;
  /** Finite. */
  readonly by: number;
  readonly initial: number;
  readonly ttlMs: number | null;
}

/** Counters of an adapter that can add fractions as well. */
export interface FloatCounters extends Counters {
  addFloat(additions: readonly FloatAdd[], call: Call): Promise<Outcome<number>[]>;
}

/**
 * Which keys a scan is to find: those that begin with `prefix` and, after it, match `glob` (`*` `?` `[…]` `\`). What `?`
 * and `[…]` match of a character that is not ASCII is the server's: Redis takes them for one byte.
 */
export interface ScanMatch {
  /** Taken literally. */
  readonly prefix: string;
  readonly glob?: string;
}

export interface ScanPage {
  readonly keys: readonly string[];
  /** Where to go on; undefined = the scan is complete. */
  readonly next: string | undefined;
}

/** Pages through keys. A key that is there from the first to the last page is found at least once. */
export interface Scan {
  /** @param cursor undefined to begin, then what the last page gave. @param count about how many keys to look at. */
  page(match: ScanMatch, cursor: string | undefined, count: number, call: Call): Promise<Outcome<ScanPage>>;
}

/** One shape for what Redis INFO and memcached stats say, and for the client's own counts. */
export interface ServerReport {
  /** The product: `redis`, `valkey`, `memcached`, … */
  readonly server: string;
  readonly version: string;
  /** Which node: `host:port`, as connection events name it; no credentials. */
  readonly endpoint: string;
  readonly uptimeSeconds: number;
  readonly connectedClients: number;
  readonly memoryUsedBytes: number;
  /** 0 = unlimited. */
  readonly memoryLimitBytes: number;
  /** Of the whole node, whoever wrote them, those that ended and were not met since among them. */
  readonly keys: number;
  /** Since the node started, as all that follows. */
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly expired: number;
  /** Whether the server may drop what it holds to make room. */
  readonly evicts: boolean;
  /** Wall clock, ms. */
  readonly updatedAt: number;
}

/** What the client side counted of the items of batches. */
export interface ClientReport {
  readonly inFlight: number;
  readonly completed: number;
  readonly failed: number;
}

export interface ServerInfo {
  /** One report a node. */
  report(call: Call): Promise<Outcome<ServerReport>[]>;
  client(): ClientReport;
}

export type ConnectionEvent =
  | { readonly kind: 'ready'; readonly endpoint: string }
  | { readonly kind: 'lost'; readonly endpoint: string; readonly cause?: unknown }
  | { readonly kind: 'error'; readonly endpoint: string; readonly cause: unknown }
  | { readonly kind: 'reconfigured'; readonly endpoint: string };

export interface ConnectionEvents {
  /** Resolves once commands are taken; rejects with a `CacheError` `UNAVAILABLE` at the deadline. */
  ready(call: Call): Promise<void>;
  /** Returns the function that ends the subscription. A listener that throws harms nobody. */
  on(listener: (event: ConnectionEvent) => void): () => void;
}

export interface JournalOptions {
  /** How long others wait for the journal of a process that has died or lost its connection. Default: 15 s. */
  readonly lease?: Duration;
}

/** Logs of writes that are acknowledged and not applied yet, kept by the server. */
export interface Journals {
  /**
   * The journal of a name. Whoever opens one ends it; it goes through this adapter, which is closed after it.
   * @throws CacheError `INVALID_OPTION` or `INVALID_TTL`
   */
  open(name: string, options?: JournalOptions): Journal;
}

/** Hears what is published on a channel. */
export interface Subscriber {
  /** From now on messages arrive; after `lost` again. */
  subscribed(): void;
  /** The subscription is interrupted: messages may be missed until `subscribed`. */
  lost(): void;
  /** @param previous the number of the message before, 0 = none. @param number its own */
  message(previous: number, number: number, text: string): void;
}

/** Messages to every process. The numbers of a channel only rise, so that a receiver notices what it has missed. */
export interface PubSub {
  /** Numbers a message and publishes it in one step; its number. */
  publish(channel: string, text: string, call: Call): Promise<Outcome<number>>;
  /** The number of the last message, 0 = none. */
  number(channel: string, call: Call): Promise<Outcome<number>>;
  /** Subscribes for as long as it takes, reconnecting included. Returns what ends it. */
  subscribe(channel: string, subscriber: Subscriber): () => Promise<void>;
}

/** Hears which keys are changed. */
export interface Tracker {
  /** From now on every change is told; after `lost` again. */
  hearing(): void;
  /** Changes may be missed until `hearing`. */
  lost(): void;
  /** @param keys undefined = any key may have been changed */
  changed(keys: readonly string[] | undefined): void;
}

export interface Tracked {
  /** Succeeds once every change was told that was made before this call. */
  confirm(call: Call): Promise<Outcome<void>>;
  close(): Promise<void>;
}

/** The server tells which keys are changed, in one step with the change, whoever makes it. */
export interface Tracking {
  /** Tracks all keys with a prefix for as long as it takes, reconnecting included. */
  track(prefix: string, tracker: Tracker): Tracked;
}

/**
 * The optional parts of an adapter. A facet that is there is declared by being there; one that is not there does not
 * exist on the cache's type, and a call of it is refused with `UNSUPPORTED` before any I/O.
 * `structures` joins with the methods that stand on it.
 */
export interface Facets<P> {
  readonly sync: SyncStore<P>;
  readonly expiry: Expiry<P>;
  readonly counters: Counters;
  readonly scan: Scan;
  readonly server: ServerInfo;
  readonly connection: ConnectionEvents;
  readonly journal: Journals;
  readonly pubsub: PubSub;
  readonly tracking: Tracking;
}

export type FacetName = keyof Facets<unknown>;

/** Every facet's name, for kits and refusals. */
export const FACETS: readonly FacetName[] = [
  'sync',
  'expiry',
  'counters',
  'scan',
  'server',
  'connection',
  'journal',
  'pubsub',
  'tracking',
];
