import { bytesCodec } from '../codec/bytes.ts';
import type { Codec } from '../codec/codec.ts';
import type { Stored, Version } from '../contract/adapter.ts';
import { CLOSED } from '../contract/call.ts';
import type { Failure } from '../contract/outcome.ts';
import { stampText } from '../entry/bytes.ts';
import { CacheError, quoteKey } from '../error.ts';
import { checkKey, isKey } from '../key.ts';
import { accepted } from '../schema.ts';
import type { MissReason } from './events.ts';
import type { CallOptions } from './options.ts';
import type { PendingRead } from './pending.ts';
import type { Scope } from './scope.ts';
import type { Found, Space, State } from './space.ts';

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

/** What is the fault of the caller, or his wish: no server will answer otherwise later. */
const CALLERS: ReadonlySet<string> = new Set(['CLOSED', 'ABORTED', 'INVALID_OPTION']);

/** Reading. A hit is one round trip and allocates a promise and what waits for it. */
export class Reads<P> {
  readonly #scope: Scope<P>;
  /** Server keys whose renewal is under way: one is enough for all hits meanwhile. */
  readonly #sliding: Set<string> = new Set();

  constructor(scope: Scope<P>) {
    this.#scope = scope;
  }

  get(key: string, options: CallOptions | undefined): Promise<unknown> {
    const near = options === undefined ? this.#near(key) : UNREADABLE;
    if (near !== UNREADABLE) return Promise.resolve(near);
    return new Promise((resolve, reject) => {
      this.#value('get', key, options, this.#scope.settings.codec, resolve, reject);
    });
  }

  getBytes(key: string, options: CallOptions | undefined): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      const done = resolve as (value: unknown) => void;
      this.#value('getBytes', key, options, bytesCodec, done, reject);
    });
  }

  getMany(keys: readonly string[], options: CallOptions | undefined): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      checkList(keys, 'getMany');
      for (const key of keys) checkKey(key, 'getMany');
      const values = new Array<unknown>(keys.length).fill(undefined);
      let left = keys.length;
      if (left === 0) return resolve(values);
      keys.forEach((key, index) => {
        const done = (value: unknown): void => {
          values[index] = value;
          left -= 1;
          if (left === 0) resolve(values);
        };
        this.#value('getMany', key, options, this.#scope.settings.codec, done, reject);
      });
    });
  }

  lookup(key: string, options: CallOptions | undefined): Promise<Lookup<unknown>> {
    return new Promise((resolve, reject) => {
      const done = (state: State, stored: Stored<P> | undefined): void => {
        resolve(this.#describe(key, state, stored));
      };
      const fail = (error: CacheError, swallow: boolean): void => {
        if (swallow) resolve({ state: 'unavailable', error });
        else reject(error);
      };
      this.#submit('lookup', key, options, done, fail);
    });
  }

  async has(key: string, options: CallOptions | undefined): Promise<boolean> {
    checkKey(key, 'has');
    const space = this.#scope.buckets.of(key);
    const budget = this.#scope.budget(options, 'has');
    return await this.#scope.guard('has', key, async () => {
      const serverKey = space.key(key);
      const found = await space.order.enter(serverKey.text, 'nothing', budget, () =>
        space.find(serverKey, key, budget),
      );
      return found.state === 'fresh';
    });
  }

  async ttl(key: string, options: CallOptions | undefined): Promise<number | null | undefined> {
    checkKey(key, 'ttl');
    const { buckets, shared } = this.#scope;
    const space = buckets.of(key);
    const budget = this.#scope.budget(options, 'ttl');
    return await this.#scope.guard('ttl', key, async () => {
      const serverKey = space.key(key);
      const { state, stored } = await space.order.enter(serverKey.text, 'nothing', budget, () => {
        return space.find(serverKey, key, budget);
      });
      if (state !== 'fresh' || stored === undefined) return undefined;
      const slidingMs = shared.format.slidingMs(stored.payload);
      const left = shared.format.freshUntil(stored.payload) - shared.clock.now();
      if (slidingMs === 0) return left === Number.POSITIVE_INFINITY ? null : left;
      // The life of a sliding entry is the server's.
      const { expiry } = shared.adapter;
      if (expiry === undefined) return Math.min(slidingMs, left);
      return await shared.coalescer.run(
        (call) => expiry.remaining([serverKey.text], call),
        false,
        budget.wait(),
      );
    });
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
    return this.#decode(operation, key, found.stored.payload, this.#scope.settings.codec, true);
  }

  /** The value of what was found, counted as a hit; `UNREADABLE`, counted as a miss. */
  accept(operation: string, key: string, found: Found<P> | undefined): unknown {
    if (found !== undefined) {
      return this.#accept(operation, key, found.state, found.stored, this.#scope.settings.codec);
    }
    this.#missed(key, 'unavailable');
    return UNREADABLE;
  }

  #accept(
    operation: string,
    key: string,
    state: State,
    stored: Stored<P> | undefined,
    codec: Codec,
  ): unknown {
    if (state !== 'fresh' || stored === undefined) {
      this.#missed(key, state === 'stale' ? 'stale' : 'absent');
      return UNREADABLE;
    }
    const value = this.#decode(operation, key, stored.payload, codec);
    if (value === UNREADABLE) this.#missed(key, 'unreadable');
    else this.#hit(key, stored);
    return value;
  }

  #value(
    operation: string,
    key: string,
    options: CallOptions | undefined,
    codec: Codec,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    const done = (state: State, stored: Stored<P> | undefined): void => {
      const value = this.#accept(operation, key, state, stored, codec);
      resolve(value === UNREADABLE ? undefined : value);
    };
    const fail = (error: CacheError, swallow: boolean): void => {
      if (swallow) {
        this.#missed(key, 'unavailable');
        resolve(undefined);
      } else reject(error);
    };
    this.#submit(operation, key, options, done, fail);
  }

  /**
   * A hit in a store of this process, counted: it needs no batch, no timer and no turn of its own. `UNREADABLE` is the
   * way round: for whatever is no plain hit, and while a call is under way, after which this one would take effect.
   */
  #near(key: string): unknown {
    const { adapter, calls, coalescer, counts, events, format } = this.#scope.shared;
    const { sync } = adapter;
    if (sync === undefined || !coalescer.idle || calls.closed || !isKey(key)) return UNREADABLE;
    const space = this.#scope.buckets.of(key);
    const serverKey = space.knownKey(key);
    if (space.order.gate(serverKey.text) !== undefined) return UNREADABLE;
    const payload = sync.get(serverKey.text) as P | undefined;
    if (payload === undefined) return UNREADABLE;
    const record = sync.get(space.recordKey) as P | undefined;
    if (space.stateOf(serverKey, key, payload, record) !== 'fresh') return UNREADABLE;
    const { codec, schema } = this.#scope.settings;
    const isPlain = schema === undefined && format.slidingMs(payload) === 0;
    if (!isPlain || !format.hasCodec(payload, codec)) return UNREADABLE;
    const value = format.value(payload, codec);
    if (value === undefined) return UNREADABLE;
    counts.hits += 1;
    if (events.has('hit')) events.emit('hit', { namespace: this.#scope.name, key });
    return value;
  }

  /** @throws CacheError for bad input, at once: only what the server does fails open */
  #submit(
    operation: string,
    key: string,
    options: CallOptions | undefined,
    done: (state: State, stored: Stored<P> | undefined) => void,
    fail: (error: CacheError, swallow: boolean) => void,
  ): void {
    checkKey(key, operation);
    const { buckets, settings } = this.#scope;
    const space = buckets.of(key);
    const serverKey = space.key(key);
    const { clears } = space.record;
    const failed = (failure: Failure): void => {
      space.breaker.failed(failure);
      const swallow = settings.onReadFailure === 'miss' && !CALLERS.has(failure.code);
      fail(this.#scope.fault(failure, operation, key, swallow), swallow);
    };
    const budget = this.#scope.budget(options, operation);
    const pending: PendingRead<P> = {
      key: serverKey.text,
      record: space.recordKey,
      timeoutMs: budget.wait().timeoutMs,
      settled: false,
      sent: false,
      release: undefined,
      done: (stored, found) => {
        space.breaker.succeeded();
        const record = space.record.remember(found, clears);
        const state = space.stateOf(serverKey, key, stored?.payload, record);
        if (state !== undefined) done(state, stored);
        else if (stored !== undefined && record !== undefined) {
          space.settle(stored.payload, record, budget).then((settled) => done(settled, stored), failed);
        }
      },
      fail: failed,
    };
    const refusal = this.#scope.shared.calls.closed ? CLOSED : space.breaker.refusal();
    if (refusal !== undefined) pending.fail(refusal);
    else this.#hand(space, pending, options?.signal);
  }

  /** Submits a read when it is its turn. */
  #hand(space: Space<P>, pending: PendingRead<P>, signal: AbortSignal | undefined): void {
    const gate = space.order.gate(pending.key);
    if (gate === undefined) this.#scope.shared.coalescer.submitRead(pending, signal);
    else {
      const wait = { timeoutMs: pending.timeoutMs, signal };
      gate.add(wait, () => this.#hand(space, pending, signal), pending.fail);
    }
  }

  /** @param raw as it is stored: without what the schema makes of it */
  #decode(operation: string, key: string, payload: P, codec: Codec, raw = false): unknown {
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
    const message = `${operation} ${quoteKey(key)}: the entry cannot be decoded by the codec ${using.name}, or its schema does not accept it`;
    this.#scope.fault(new CacheError('INVALID_VALUE', message, { operation, key }), operation, key, true);
    return UNREADABLE;
  }

  #hit(key: string, stored: Stored<P>): void {
    const { counts, events, format } = this.#scope.shared;
    counts.hits += 1;
    if (events.has('hit')) events.emit('hit', { namespace: this.#scope.name, key });
    if (format.slidingMs(stored.payload) > 0) this.#slide(key, stored);
  }

  #missed(key: string, reason: MissReason): void {
    const { counts, events } = this.#scope.shared;
    counts.misses += 1;
    if (events.has('miss')) events.emit('miss', { namespace: this.#scope.name, key, reason });
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
      .touch({ key: serverKey, ttlMs, when: { version } }, wait)
      .catch((failure) => this.#scope.fault(failure, 'slide', key, true))
      .then(() => this.#sliding.delete(serverKey));
  }

  #describe(key: string, state: State, stored: Stored<P> | undefined): Lookup<unknown> {
    if (stored === undefined || state === 'absent' || state === 'dead') return { state: 'miss' };
    const value = this.#decode('lookup', key, stored.payload, this.#scope.settings.codec);
    if (value === UNREADABLE) return { state: 'miss' };
    return { state: state === 'fresh' ? 'hit' : 'stale', value, ...this.#info(stored) };
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

/** @throws CacheError `INVALID_OPTION` unless it is an array */
export function checkList(list: unknown, operation: string): void {
  if (Array.isArray(list)) return;
  throw new CacheError('INVALID_OPTION', `${operation} takes an array of keys`, { operation });
}

function versionText(version: Version): string {
  return version instanceof Uint8Array ? stampText(version) : String(version);
}
