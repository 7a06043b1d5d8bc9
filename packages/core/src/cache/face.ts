import type { AnyAdapter } from '../contract/adapter.ts';
import type { ConnectionEvents, Counters, FloatCounters, Scan, ServerInfo } from '../contract/facets.ts';
import type { Duration } from '../duration.ts';
import type { StandardSchema } from '../schema.ts';
import type { Lookup } from './answers.ts';
import type { CacheEventName, CacheListener, ConnectionListener } from './events.ts';
import type { Guarantees } from './guarantees.ts';
import type { LoadContext, Loader } from './load-context.ts';
import type { LoadOptions } from './load-options.ts';
import type { ManyLoader } from './many-loads.ts';
import type {
  CallOptions,
  CounterOptions,
  KeysOptions,
  NamespaceOptions,
  ScanOptions,
  SetOptions,
  TouchOptions,
} from './options.ts';
import type { ServerStats } from './servers.ts';
import type { InvalidatingOptions } from './source-writes.ts';
import type { CacheStats } from './stats.ts';
import type { WarmOptions, WarmReport } from './warm.ts';
import type { WrapOptions } from './wrap.ts';
import type { SetEntry } from './writes.ts';

/**
 * What every cache can do, whatever its adapter. All methods reject with a `CacheError`; those that read answer a miss
 * instead when the server fails (`onReadFailure`).
 *
 * @typeParam V the type of the values
 * @typeParam Q `'queued'` where invalidations that the server does not take are queued (`onInvalidationFailure`)
 */
export interface Values<V, Q = never> {
  /** The value, or undefined for a miss. Never a stale one. */
  get<T = V>(key: string, options?: CallOptions): Promise<T | undefined>;
  /** The values by position. One round trip a node. */
  getMany<T = V>(keys: readonly string[], options?: CallOptions): Promise<(T | undefined)[]>;
  /** The value and what is known of its entry. Does not count as a hit. */
  lookup<T = V>(key: string, options?: CallOptions): Promise<Lookup<T>>;
  /** Whether `get` would find something. */
  has(key: string, options?: CallOptions): Promise<boolean>;
  /** The remaining life in ms, null without expiry, undefined when absent. */
  ttl(key: string, options?: CallOptions): Promise<number | null | undefined>;
  /** Writes the value and its life; the former ones are gone. */
  set(key: string, value: V, options?: SetOptions): Promise<void>;
  /**
   * Writes a Map, or entries of `[key, value, options?]`. Bad input is refused before anything is written.
   * @throws CacheError `PARTIAL` with the failures by key
   */
  setMany(entries: Iterable<SetEntry<V>>, options?: CallOptions): Promise<void>;
  /** Writes only if the key is absent; whether it did. Atomic. */
  add(key: string, value: V, options?: SetOptions): Promise<boolean>;
  /** Writes and returns what was there before. Atomic. */
  getAndSet<T = V>(key: string, value: V, options?: SetOptions): Promise<T | undefined>;
  /** Gives an entry another life from now; whether it was there. */
  touch(key: string, options?: TouchOptions): Promise<boolean>;
  /** Bytes that `setBytes` stored; anything else is a miss. */
  getBytes(key: string, options?: CallOptions): Promise<Uint8Array | undefined>;
  /** Stores bytes past the codec. */
  setBytes(key: string, value: Uint8Array, options?: SetOptions): Promise<void>;
  /**
   * The value, or what the loader brings, which is then stored. One load a key in this process: callers meanwhile wait
   * for it and share its failure. A cache that is down does not keep the loader from running.
   */
  getOrSet<T extends V = V>(key: string, loader: Loader<T>, options?: LoadOptions): Promise<T>;
  /**
   * The values by position. What is missing comes from one call of the loader, which returns a Map; undefined where that
   * has none, which is not stored. One batched read.
   * @throws CacheError `PARTIAL` with the failures by key; what did not fail was stored
   */
  getOrSetMany<T extends V = V>(
    keys: readonly string[],
    loader: ManyLoader<T>,
    options?: LoadOptions,
  ): Promise<(T | undefined)[]>;
  /** The function, read through the cache. `key` makes the key of a call's arguments. */
  wrap<A extends unknown[], R extends V>(
    call: (...args: A) => R | Promise<R>,
    options: WrapOptions<A>,
  ): (...args: A) => Promise<R>;
  /** Loads what is not there, a bounded number at a time; a failure does not end it, the signal does. */
  warm<T extends V = V>(
    keys: Iterable<string>,
    loader: (key: string, context: LoadContext<T>) => T | Promise<T>,
    options?: WarmOptions,
  ): Promise<WarmReport>;
  /**
   * Runs a write of the source: no value of the keys that was loaded before it ended is kept, in any process. Returns
   * what it returned.
   * @throws what `write` throws; CacheError where the keys cannot be marked before (then `write` does not run)
   */
  invalidating<T>(
    keys: readonly string[],
    write: () => T | Promise<T>,
    options?: InvalidatingOptions,
  ): Promise<T>;
  /** What the loader brings now, which replaces what is there. Shares a load only if that began after the call. */
  refresh<T extends V = V>(key: string, loader: Loader<T>, options?: LoadOptions): Promise<T>;
  /** Removes an entry; whether it was there. */
  delete(key: string, options?: CallOptions): Promise<boolean | Q>;
  /** Whether each was there, by position. @throws CacheError `PARTIAL` with the failures by key */
  deleteMany(keys: readonly string[], options?: CallOptions): Promise<(boolean | Q)[]>;
  /** Makes an entry stale now, kept for its grace; without grace removes it. Whether it was there. */
  expire(key: string, options?: CallOptions): Promise<boolean | Q>;
  /** @throws CacheError `PARTIAL` with the failures by key */
  expireMany(keys: readonly string[], options?: CallOptions): Promise<(boolean | Q)[]>;
  /** Removes every entry of this namespace that has one of the tags, at a cost that does not depend on how many. */
  deleteByTag(tags: string | readonly string[], options?: CallOptions): Promise<undefined | Q>;
  /** Makes every entry that has one of the tags stale now, kept for its grace; one without grace is removed. */
  expireByTag(tags: string | readonly string[], options?: CallOptions): Promise<undefined | Q>;
  /** Forgets everything in this namespace and in no other, at a cost that does not depend on how much there is. */
  clear(options?: CallOptions): Promise<undefined | Q>;
  /** Counts since the cache was made, over all its namespaces. */
  stats(): CacheStats;
  /** Returns the function that ends the subscription. */
  on<E extends CacheEventName>(event: E, listener: CacheListener<E>): () => void;
}

/** Counters, where the adapter has them. `get` does not see them, `clear` forgets them. */
export interface CounterMethods {
  /**
   * Adds to a signed 64-bit integer, made at its first addition, and returns the new value. Default amount: 1.
   * @throws CacheError `OUT_OF_RANGE` where the result is beyond 2^53 and the amount was a number, or beyond 2^63
   */
  increment(key: string, by?: number, options?: CounterOptions): Promise<number>;
  increment(key: string, by: bigint, options?: CounterOptions): Promise<bigint>;
  /** Subtracts, like `increment`. */
  decrement(key: string, by?: number, options?: CounterOptions): Promise<number>;
  decrement(key: string, by: bigint, options?: CounterOptions): Promise<bigint>;
}

/** Fractional counters, where the adapter has them. */
export interface FloatMethods {
  /** Adds a fraction and returns the new value. */
  incrementFloat(key: string, by: number, options?: CounterOptions): Promise<number>;
}

/**
 * Going over keys, where the adapter can scan. The whole server is walked through, page by page, so the cost depends on
 * everything that it holds; what must be quick carries a tag or lives in a namespace of its own.
 */
export interface ScanMethods {
  /**
   * The keys of this namespace that `has` would find, in no order. What is written or removed meanwhile may be listed
   * or not; while the server resizes its tables a key may come twice. Holds one page at a time.
   */
  keys(options?: KeysOptions): AsyncIterableIterator<string>;
  /**
   * Removes every entry of this namespace whose key matches a glob (`*` `?` `[abc]` `[a-z]` `[^a]` `\\`); how many there
   * were. A load that began before is not kept. When it rejects, some may be gone: call it again.
   */
  deleteByPattern(pattern: string, options?: ScanOptions): Promise<number>;
  /** Removes every entry of this namespace whose key begins so, taken literally; how many there were. */
  deleteByPrefix(prefix: string, options?: ScanOptions): Promise<number>;
}

/** The servers' own view, where the adapter can ask for it. */
export interface ServerMethods {
  /**
   * Hit rate, memory in use, keys and evictions as the servers count them, whoever uses them; `stats()` is this cache's
   * own view. Rejects only if no node answers.
   */
  serverStats(options?: CallOptions): Promise<ServerStats>;
}

/** Events of the connection, where the adapter has one. */
export interface ConnectionMethods {
  /**
   * Tells when a server takes calls (`ready`), is lost (`lost`), cannot be reached (`error`) or is another one now
   * (`reconfigured`). Ends with the cache. Returns the function that ends the subscription.
   */
  on(event: 'connection', listener: ConnectionListener): () => void;
}

/** The methods that an adapter's facets add. */
export type FacetMethods<A> = (A extends { readonly counters: Counters } ? CounterMethods : unknown) &
  (A extends { readonly counters: FloatCounters } ? FloatMethods : unknown) &
  (A extends { readonly scan: Scan } ? ScanMethods : unknown) &
  (A extends { readonly server: ServerInfo } ? ServerMethods : unknown) &
  (A extends { readonly connection: ConnectionEvents } ? ConnectionMethods : unknown);

/** A part of a cache with keys, defaults and a `clear` of its own. */
export type Namespace<A extends AnyAdapter, V = unknown, Q = never> = Values<V, Q> &
  FacetMethods<A> & {
    /** The names from the root to this namespace. */
    readonly path: readonly string[];
    /** A namespace within this one; `clear` of either does not touch the other. */
    namespace<W>(
      name: string,
      options: NamespaceOptions & { readonly schema: StandardSchema<W> },
    ): Namespace<A, W, Q>;
    namespace<W = V>(name: string, options?: NamespaceOptions): Namespace<A, W, Q>;
  };

/** What an application holds. */
export type Cache<A extends AnyAdapter, V = unknown, Q = never> = Namespace<A, V, Q> &
  AsyncDisposable & {
    /** What this composition promises, and for how long it may be otherwise. */
    readonly guarantees: Guarantees;
    /**
     * Resolves when the server takes calls. Default timeout: 10 s.
     * @throws CacheError `UNAVAILABLE` when it does not in time
     */
    ready(options?: { readonly timeout?: Duration; readonly signal?: AbortSignal }): Promise<void>;
    /** Refuses further calls, waits for those under way, and closes the adapter if the cache owns it. */
    close(): Promise<void>;
  };
