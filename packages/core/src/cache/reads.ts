import { bytesCodec } from '../codec/bytes.ts';
import type { Codec } from '../codec/codec.ts';
import type { Stored } from '../contract/adapter.ts';
import { CacheError } from '../error.ts';
import { checkKey, isKey } from '../key.ts';
import type { LocalEntry } from '../local/entry.ts';
import { Answers, type Lookup, UNREADABLE } from './answers.ts';
import { Asks, type Done } from './asks.ts';
import type { Budget } from './budget.ts';
import { Copies } from './copies.ts';
import type { CallOptions } from './options.ts';
import type { Scope } from './scope.ts';
import type { Space } from './space.ts';

/** Reading. A hit is one round trip and allocates a promise and what waits for it. */
export class Reads<P> {
  readonly answers: Answers<P>;
  /** undefined = this cache has no local tier. */
  readonly copies: Copies<P> | undefined;
  readonly #scope: Scope<P>;
  readonly #asks: Asks<P>;

  constructor(scope: Scope<P>) {
    const { local } = scope.shared;
    this.answers = new Answers(scope);
    this.copies = local === undefined ? undefined : new Copies(scope, local, this.answers);
    this.#scope = scope;
    this.#asks = new Asks(scope);
  }

  get(key: string, options: CallOptions | undefined): Promise<unknown> {
    if (options === undefined) {
      const answer = this.copies === undefined ? this.#near(key) : this.copies.answer(key);
      if (answer !== undefined) return answer;
    }
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
      checkKey(key, 'lookup');
      const copy = this.#copy('lookup', key, options, this.#scope.settings.codec);
      if (copy !== undefined) return resolve(this.answers.describeCopy(copy, this.copies?.name ?? ''));
      const done: Done<P> = (state, stored) => resolve(this.answers.describe(key, state, stored));
      const fail = (error: CacheError, swallow: boolean): void => {
        if (swallow) resolve({ state: 'unavailable', error });
        else reject(error);
      };
      const hit = (stored: Stored<P>): boolean => {
        const found = this.answers.describe(key, 'fresh', stored, 'untold');
        if (found.state === 'hit') resolve(found);
        return found.state === 'hit';
      };
      this.#asks.submit('lookup', key, options, hit, done, fail);
    });
  }

  /** @param mayLag false = something is decided by it */
  async has(key: string, options: CallOptions | undefined, mayLag = true): Promise<boolean> {
    checkKey(key, 'has');
    const space = this.#scope.buckets.of(key);
    const budget = this.#scope.budget(options, 'has');
    return await this.#scope.guard('has', key, async () => {
      const found = await this.#fresh(space, key, budget, mayLag);
      return found !== undefined;
    });
  }

  async ttl(key: string, options: CallOptions | undefined): Promise<number | null | undefined> {
    checkKey(key, 'ttl');
    const { buckets, shared } = this.#scope;
    const space = buckets.of(key);
    const budget = this.#scope.budget(options, 'ttl');
    return await this.#scope.guard('ttl', key, async () => {
      let stored = await this.#fresh(space, key, budget, true);
      // The life of a sliding entry is the primary's, so the entry must be, too.
      if (
        stored !== undefined &&
        space.replicas !== undefined &&
        shared.format.slidingMs(stored.payload) > 0
      ) {
        stored = await this.#fresh(space, key, budget, false);
      }
      if (stored === undefined) return undefined;
      const slidingMs = shared.format.slidingMs(stored.payload);
      const left = shared.format.freshUntil(stored.payload) - shared.clock.now();
      if (slidingMs === 0) return left === Number.POSITIVE_INFINITY ? null : left;
      // The life of a sliding entry is the server's.
      const { expiry } = shared.adapter;
      if (expiry === undefined) return Math.min(slidingMs, left);
      return await shared.coalescer.run(
        (call) => expiry.remaining([space.key(key).text], call),
        false,
        budget.wait(),
      );
    });
  }

  /** A fresh entry. */
  async #fresh(
    space: Space<P>,
    key: string,
    budget: Budget,
    mayLag: boolean,
  ): Promise<Stored<P> | undefined> {
    const serverKey = space.key(key);
    if (mayLag && space.replicas !== undefined) {
      const hit = await space.replicas.find(serverKey, key, budget);
      if (hit !== undefined) return hit;
    }
    const { state, stored } = await space.order.enter(serverKey.text, 'nothing', budget, () => {
      return space.find(serverKey, key, budget);
    });
    return state === 'fresh' ? stored : undefined;
  }

  #value(
    operation: string,
    key: string,
    options: CallOptions | undefined,
    codec: Codec,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    checkKey(key, operation);
    const copy = this.#copy(operation, key, options, codec);
    if (copy !== undefined) {
      this.answers.hit(key);
      resolve(copy.value);
      return;
    }
    // Bytes belong to whoever read them.
    const keep = codec === bytesCodec ? undefined : this.copies?.begin(key, codec);
    const done: Done<P> = (state, stored, record) => {
      const value = this.answers.take(operation, key, state, stored, codec);
      keep?.(value === UNREADABLE ? undefined : stored, record, value);
      resolve(value === UNREADABLE ? undefined : value);
    };
    const fail = (error: CacheError, swallow: boolean): void => {
      keep?.();
      if (swallow) {
        this.answers.missed(key, 'unavailable');
        resolve(undefined);
      } else reject(error);
    };
    if (!this.#scope.shared.readsReplicas) {
      this.#asks.submit(operation, key, options, undefined, done, fail);
      return;
    }
    const hit = (stored: Stored<P>): boolean => {
      const value = this.answers.takeLagging(operation, key, stored, codec);
      if (value !== UNREADABLE) resolve(value);
      return value !== UNREADABLE;
    };
    this.#asks.submit(operation, key, options, hit, done, fail);
  }

  /** The copy of a key in this process, if it may serve this call. Checks the options. */
  #copy(
    operation: string,
    key: string,
    options: CallOptions | undefined,
    codec: Codec,
  ): LocalEntry | undefined {
    if (this.copies === undefined) return undefined;
    this.#scope.timeoutMs(options, operation);
    return options?.signal?.aborted ? undefined : this.copies.find(key, this.copies.readerOf(codec));
  }

  /**
   * A hit in a store of this process, counted: it needs no batch, no timer and no turn of its own. undefined is the
   * way round: for whatever is no plain hit.
   */
  #near(key: string): Promise<unknown> | undefined {
    const { adapter, format } = this.#scope.shared;
    if (adapter.sync === undefined || !isKey(key)) return undefined;
    const space = this.#scope.buckets.of(key);
    const serverKey = space.knownKey(key);
    const store = this.#scope.near(space, serverKey);
    const payload = store?.get(serverKey.text);
    if (store === undefined || payload === undefined) return undefined;
    const record = store.get(space.recordKey);
    if (space.worth.stateOf(serverKey, key, payload, record) !== 'fresh') return undefined;
    const { codec, schema } = this.#scope.settings;
    const isPlain = schema === undefined && format.slidingMs(payload) === 0;
    if (!isPlain || !format.hasCodec(payload, codec)) return undefined;
    const value = format.value(payload, codec);
    if (value === undefined) return undefined;
    this.answers.hit(key);
    return format.answer(payload, value);
  }
}

/** @throws CacheError `INVALID_OPTION` unless it is an array */
export function checkList(list: unknown, operation: string): void {
  if (Array.isArray(list)) return;
  throw new CacheError('INVALID_OPTION', `${operation} takes an array of keys`, { operation });
}
