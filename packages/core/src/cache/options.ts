import type { Clock } from '../clock.ts';
import type { Codec } from '../codec/codec.ts';
import type { AnyAdapter } from '../contract/adapter.ts';
import type { Bus } from '../contract/bus.ts';
import type { SyncStore } from '../contract/facets.ts';
import type { Duration } from '../duration.ts';
import type { StandardSchema } from '../schema.ts';
import type { LoadPolicy } from './load-options.ts';
import type { Policies } from './policies.ts';

/** Options of every call. */
export interface CallOptions {
  /** The deadline of this call, reconnecting included. Default: the cache's `timeout`. */
  readonly timeout?: Duration;
  /** Ends the wait. What the server may already be doing goes on. */
  readonly signal?: AbortSignal;
}

/** How long an entry lives. */
export interface LifeOptions {
  /** Until when it is fresh, from now; null = until removed or evicted. Default: the cache's `ttl`. */
  readonly ttl?: Duration | null;
  /** Until when it is fresh, as an instant: a Date, or ms since 1970. Instead of `ttl`. */
  readonly expiresAt?: Date | number;
  /**
   * The window of a sliding expiry: each hit gives the entry this long again, up to `ttl` or `expiresAt` if one is
   * given here. Default: not sliding.
   */
  readonly sliding?: Duration;
  /** How long after it went stale the value is kept, for failed loads; null = not. Default: the cache's `grace`. */
  readonly grace?: Duration | null;
  /**
   * The fraction, 0 to 1, of the ttl by which it is shortened at random, so that entries written together do not end
   * together. Default: 0.
   */
  readonly jitter?: number;
}

/** What is said of an entry beside its value. */
export interface EntryOptions extends LifeOptions {
  /** Names under which it can be invalidated together with others, by `deleteByTag` or `expireByTag`. Default: none. */
  readonly tags?: readonly string[];
  /** The name of a policy, whose options hold where none is given here. Default: none. */
  readonly policy?: string;
}

export interface SetOptions extends CallOptions, EntryOptions {}

export interface TouchOptions extends CallOptions {
  /**
   * The new life from now; null = until removed or evicted. A sliding entry slides no more then. Default: the cache's
   * `ttl`; for a sliding entry, its window again.
   */
  readonly ttl?: Duration | null;
}

export interface CounterOptions extends CallOptions {
  /** Life from the counter's creation, not renewed by additions; null = no end. Default: the cache's `ttl`. */
  readonly ttl?: Duration | null;
  /** What a new counter holds before its first addition. Default: 0. */
  readonly initial?: number | bigint;
}

/** A scan takes many round trips: `timeout` is the deadline of each, `signal` ends the whole. */
export interface ScanOptions extends CallOptions {
  /** How many keys of the server are looked at in one round trip, 1 to 100,000. Default: 1000. */
  readonly pageSize?: number;
}

export interface KeysOptions extends ScanOptions {
  /** What a key begins with, taken literally. Default: anything. */
  readonly prefix?: string;
  /** A glob for the key, or for what follows the prefix: `*` `?` `[abc]` `[a-z]` `[^a]` `\`. Default: anything. */
  readonly pattern?: string;
}

/** Receives what deserves a look. `console` fits. */
export interface Logger {
  warn(message: string, details?: unknown): void;
}

/** What a namespace may have of its own; otherwise it has its parent's. */
export interface NamespaceOptions extends LoadPolicy {
  /** The name of a policy, whose `ttl`, `grace` and load options are the defaults. Default: none. */
  readonly policy?: string;
  /**
   * What values must be like (any Standard Schema that validates synchronously): a cached value that it does not accept
   * is a miss, and what it makes of one that it accepts is returned. Default: everything.
   */
  readonly schema?: StandardSchema;
  /** How values become bytes. No effect where values are kept by reference. Default: JSON. */
  readonly codec?: Codec;
  /** Default life; null = no expiry, of which a warning is logged once. Default: 15 minutes. */
  readonly ttl?: Duration | null;
  /** Default grace; null = none. Default: none. */
  readonly grace?: Duration | null;
  /** The deadline of a call, reconnecting included. Default: 500 ms. */
  readonly timeout?: Duration;
  /**
   * What `get`, `getMany`, `getBytes` and `lookup` do when the server fails: `'miss'` answers as if nothing were there
   * and emits an `error` event, `'throw'` rejects. Default: `'miss'`.
   */
  readonly onReadFailure?: 'miss' | 'throw';
  /**
   * How long the right to load a key lasts without renewal, in the fleet: what others wait at most when a process dies
   * that was loading. Default: 2 s.
   */
  readonly lease?: Duration;
}

export interface CacheOptions<A extends AnyAdapter> extends NamespaceOptions {
  /**
   * What an invalidation does that the server does not take: `'reject'`, or `'queue'`: it is remembered in this process,
   * resolves as `'queued'`, and is tried again until the server takes it (event `recover`). Until then, and for ever if
   * the process ends before, the old value may be returned. Default: `'reject'`.
   */
  readonly onInvalidationFailure?: 'reject' | 'queue';
  /** Where entries live. */
  readonly adapter: A;
  /**
   * Where copies of values are kept in this process, in front of `adapter`: `memoryAdapter(…)`. A hit there does no I/O.
   * What it holds is this cache's alone, which clears it. Values are handed out as the store does: `memoryAdapter` by
   * reference, unless `isolate` says otherwise. Default: none.
   */
  readonly local?: { readonly name: string; readonly sync: SyncStore<unknown> };
  /** Tells the processes of a fleet what was changed, so that they drop their copies. Default: none. */
  readonly bus?: Bus;
  /**
   * How long a copy counts at most. Must be given where no bus tells of each change in one step with it. Default: as
   * long as the value is fresh.
   */
  readonly localTtl?: Duration;
  /** Policies by name, beside `static`, `user`, `session`, `temporary` and `lock`, which they may replace. */
  readonly policies?: Policies;
  /** The name of the root namespace: two caches of one name on one server share entries. Default: `cache`. */
  readonly namespace?: string;
  /** Most batches under way at once; further calls wait inside their deadline, then get `BUSY`. Default: 100. */
  readonly maxConcurrency?: number;
  /** Whether `close` closes the adapter too. Default: true. */
  readonly ownsAdapter?: boolean;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Numbers from 0 to 1, for jitter alone: what must be unique never comes from here. Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: none. */
  readonly logger?: Logger;
  /**
   * Takes the promise of what goes on behind a call, such as a refresh, where the host ends a process that nobody waits
   * for. Default: none.
   */
  readonly waitUntil?: (settled: Promise<unknown>) => void;
}
