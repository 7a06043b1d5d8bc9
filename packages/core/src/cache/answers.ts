import { bytesCodec } from '../codec/bytes.ts';
import type { Codec } from '../codec/codec.ts';
import type { Stored } from '../contract/adapter.ts';
import { versionText } from '../entry/bytes.ts';
import { CacheError, quoteKey } from '../error.ts';
import type { LocalEntry } from '../local/entry.ts';
import { accepted } from '../schema.ts';
import type { Events, MissReason } from './events.ts';
import type { Scope } from './scope.ts';
import type { Found } from './space.ts';
import type { Counts } from './stats.ts';
import type { State } from './worth.ts';

/** What is known of an entry. Instants are wall-clock ms. */
export interface EntryInfo {
  /** The adapter that held it. */
  readonly tier: string;
  readonly createdAt: number;
  /** Until when it is fresh, null = no end. For a sliding entry: the cap. */
  readonly expiresAt: number | null;
  readonly tags: readonly string[];
  readonly codec: string;
  /** Changes with every write, never comes back. */
  readonly version: string;
}

/** The answer of `lookup`. `stale`: past its freshness, kept for its grace; `get` does not return it. */
export type Lookup<V> =
  | ({ readonly state: 'hit' | 'stale'; readonly value: V } & EntryInfo)
  | { readonly state: 'miss' }
  | { readonly state: 'unavailable'; readonly error: CacheError };

/** Stands for a value that is not there or cannot be read, since every value but undefined can be stored. */
export const UNREADABLE: unique symbol = Symbol('unreadable');

/** What the answers of reads are worth to their callers: values, hits and misses. */
export class Answers<P> {
  readonly #scope: Scope<P>;
  readonly #counts: Counts;
  readonly #events: Events;
  /** Server keys whose renewal is under way: one is enough for all hits meanwhile. */
  readonly #sliding: Set<string> = new Set();

  constructor(scope: Scope<P>) {
    this.#scope = scope;
    this.#counts = scope.shared.counts;
    this.#events = scope.shared.events;
  }

  /** The value of what was found, if it can be returned, without counting. */
  peek(operation: string, key: string, found: Found<P> | undefined): unknown {
    if (found?.state !== 'fresh' || found.stored === undefined) return UNREADABLE;
    return this.#decode(operation, key, found.stored.payload, this.#scope.settings.codec);
  }

  /** The value of what was found, fresh or stale, without counting. */
  valueOf(operation: string, key: string, found: Found<P> | undefined): unknown {
    if (found?.stored === undefined || (found.state !== 'fresh' && found.state !== 'stale'))
      return UNREADABLE;
    return this.#decode(operation, key, found.stored.payload, this.#scope.settings.codec);
  }

  /** As `valueOf`, as it is stored: without what a schema makes of it. */
  storedValueOf(operation: string, key: string, found: Found<P> | undefined): unknown {
    if (found?.stored === undefined) return UNREADABLE;
    return this.#decode(operation, key, found.stored.payload, this.#scope.settings.codec, 'told', true);
  }

  /** The value of what was found, counted as a hit; `UNREADABLE`, counted as a miss. */
  accept(operation: string, key: string, found: Found<P> | undefined): unknown {
    if (found !== undefined) {
      return this.take(operation, key, found.state, found.stored, this.#scope.settings.codec);
    }
    this.missed(key, 'unavailable');
    return UNREADABLE;
  }

  /** As `accept`, of what a read answered. */
  take(operation: string, key: string, state: State, stored: Stored<P> | undefined, codec: Codec): unknown {
    if (state !== 'fresh' || stored === undefined) {
      this.missed(key, state === 'stale' ? 'stale' : 'absent');
      return UNREADABLE;
    }
    const value = this.#hit(operation, key, stored, codec, 'told');
    if (value === UNREADABLE) this.missed(key, 'unreadable');
    return value;
  }

  /** The value of a fresh entry of a replica, counted as a hit; `UNREADABLE`, neither counted nor told: others are asked. */
  takeLagging(operation: string, key: string, stored: Stored<P>, codec: Codec): unknown {
    return this.#hit(operation, key, stored, codec, 'untold');
  }

  #hit(operation: string, key: string, stored: Stored<P>, codec: Codec, failure: 'told' | 'untold'): unknown {
    const value = this.#decode(operation, key, stored.payload, codec, failure);
    if (value !== UNREADABLE) {
      this.hit(key);
      if (this.#scope.shared.format.slidingMs(stored.payload) > 0) this.#slide(key, stored);
    }
    return value;
  }

  /** @param raw as it is stored: without what the schema makes of it */
  #decode(
    operation: string,
    key: string,
    payload: P,
    codec: Codec,
    failure: 'told' | 'untold' = 'told',
    raw = false,
  ): unknown {
    const { format } = this.#scope.shared;
    const using = format.hasCodec(payload, codec) ? codec : bytesCodec;
    if (using === bytesCodec && !format.hasCodec(payload, bytesCodec)) return UNREADABLE;
    try {
      const decoded = format.value(payload, using);
      const { schema } = this.#scope.settings;
      if (raw && decoded !== undefined) return decoded;
      const value = schema === undefined || using === bytesCodec ? decoded : accepted(schema, decoded);
      if (value !== undefined) return value;
    } catch (error) {
      if (error instanceof CacheError) throw error;
      // What a codec throws may quote the value, so it goes no further.
    }
    if (failure === 'untold') return UNREADABLE;
    const message = `${operation} ${quoteKey(key)}: the entry cannot be decoded by the codec ${using.name}, or its schema does not accept it`;
    this.#scope.fault(new CacheError('INVALID_VALUE', message, { operation, key }), operation, key, true);
    return UNREADABLE;
  }

  /** Counts a hit. */
  hit(key: string): void {
    this.#counts.hits += 1;
    if (this.#events.any) this.#tellHit(key);
  }

  #tellHit(key: string): void {
    if (this.#events.has('hit')) this.#events.emit('hit', { namespace: this.#scope.name, key });
  }

  /** Counts a miss. */
  missed(key: string, reason: MissReason): void {
    this.#counts.misses += 1;
    if (this.#events.has('miss')) this.#events.emit('miss', { namespace: this.#scope.name, key, reason });
  }

  /** Renews a sliding entry behind the hit, on condition that it is still this one: never a lease or a newer write. */
  #slide(key: string, { payload, version }: Stored<P>): void {
    const { coalescer, clock, format } = this.#scope.shared;
    const serverKey = this.#scope.buckets.of(key).key(key).text;
    if (this.#sliding.has(serverKey)) return;
    this.#sliding.add(serverKey);
    const left = format.keptUntil(payload) - clock.now();
    const ttlMs = Math.max(1, Math.ceil(Math.min(format.slidingMs(payload), left)));
    const wait = { timeoutMs: this.#scope.settings.timeoutMs, signal: undefined };
    coalescer
      .touch({ key: serverKey, ttlMs, when: { version }, invalidates: false }, wait)
      .catch((failure) => this.#scope.fault(failure, 'slide', key, true))
      .then(() => this.#sliding.delete(serverKey));
  }

  /** What `lookup` says of it. */
  describe(
    key: string,
    state: State,
    stored: Stored<P> | undefined,
    failure: 'told' | 'untold' = 'told',
  ): Lookup<unknown> {
    if (stored === undefined || state === 'absent' || state === 'dead') return { state: 'miss' };
    const value = this.#decode('lookup', key, stored.payload, this.#scope.settings.codec, failure);
    if (value === UNREADABLE) return { state: 'miss' };
    return { state: state === 'fresh' ? 'hit' : 'stale', value, ...this.#info(stored) };
  }

  /** What `lookup` says of a copy. */
  describeCopy({ value, about }: LocalEntry, tier: string): Lookup<unknown> {
    const { createdAt, freshUntil, tags, codec, version } = about;
    const expiresAt = freshUntil === Number.POSITIVE_INFINITY ? null : freshUntil;
    return { state: 'hit', value, tier, createdAt, expiresAt, tags, codec, version };
  }

  #info({ payload, version }: Stored<P>): EntryInfo {
    const { format, adapter } = this.#scope.shared;
    const { createdAt, freshUntil, tags } = format.head(payload);
    return {
      tier: adapter.name,
      createdAt,
      expiresAt: freshUntil === Number.POSITIVE_INFINITY ? null : freshUntil,
      tags: tags.map((tag) => tag.name),
      codec: format.codecName(payload),
      version: versionText(version),
    };
  }
}
