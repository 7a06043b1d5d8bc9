import { bytesCodec } from '../codec/bytes.ts';
import type { Codec } from '../codec/codec.ts';
import type { Condition } from '../contract/adapter.ts';
import { CacheError, quoteKey } from '../error.ts';
import { checkKey, type ServerKey } from '../key.ts';
import { UNREADABLE } from './answers.ts';
import type { Budget } from './budget.ts';
import { conditionFor } from './condition.ts';
import type { Draft } from './entries.ts';
import { endOf, parseTtl } from './life.ts';
import { settleAll } from './many.ts';
import type { CallOptions, SetOptions, TouchOptions } from './options.ts';
import { withPolicy } from './policies.ts';
import type { Reads } from './reads.ts';
import type { Scope } from './scope.ts';
import type { Found, Space } from './space.ts';

/** One item of `setMany`. */
export type SetEntry<V> = readonly [key: string, value: V, options?: SetOptions];

/** A write, checked and encoded. */
interface Prepared<P> {
  /** As the caller wrote it. */
  readonly key: string;
  readonly space: Space<P>;
  readonly serverKey: ServerKey;
  readonly draft: Draft<P>;
  readonly budget: Budget;
}

/** Writing values, each whole or not at all. Bad input is refused before any I/O. */
export class Writes<P> {
  readonly #scope: Scope<P>;
  readonly #reads: Reads<P>;

  constructor(scope: Scope<P>, reads: Reads<P>) {
    this.#scope = scope;
    this.#reads = reads;
  }

  set(
    key: string,
    value: unknown,
    options: SetOptions | undefined,
    operation: 'set' | 'setBytes',
  ): Promise<void> {
    const codec = operation === 'set' ? this.#scope.settings.codec : bytesCodec;
    return this.#scope.guard(operation, key, () => {
      return this.#put(this.#prepare(operation, key, value, codec, options));
    });
  }

  async setMany(entries: Iterable<SetEntry<unknown>>, options: CallOptions | undefined): Promise<void> {
    const operation = 'setMany';
    if (typeof entries?.[Symbol.iterator] !== 'function' || typeof entries === 'string') {
      const message = `${operation} takes a Map or an iterable of [key, value, options?]`;
      throw new CacheError('INVALID_OPTION', message, { operation });
    }
    const { codec } = this.#scope.settings;
    const prepared = Array.from(entries, (entry) => {
      if (!Array.isArray(entry)) {
        throw new CacheError(
          'INVALID_OPTION',
          `${operation} takes entries of the form [key, value, options?]`,
          { operation },
        );
      }
      const [key, value, own] = entry as SetEntry<unknown>;
      return this.#prepare(operation, key, value, codec, own, options);
    });
    await settleAll(this.#scope, operation, prepared, (item) => this.#put(item));
  }

  /** Writes only where nothing is that counts. */
  add(key: string, value: unknown, options: SetOptions | undefined): Promise<boolean> {
    return this.#scope.guard('add', key, async () => {
      const { space, serverKey, draft, budget } = this.#prepare(
        'add',
        key,
        value,
        this.#scope.settings.codec,
        options,
      );
      const { shared } = this.#scope;
      return await space.order.alone(serverKey.text, 'record', budget, async () => {
        let when: Condition = 'absent';
        let { payload } = draft;
        for (let round = 0; ; round += 1) {
          const result = await space.entries.write(serverKey.text, { ...draft, payload }, when, budget);
          if (result.written) {
            this.#written(key);
            return true;
          }
          const { state, stored } = await space.find(serverKey, key, budget);
          if (state === 'fresh') return false;
          when = conditionFor(stored, round);
          payload = shared.format.copy(payload);
        }
      });
    });
  }

  /** Writes and answers what stood there before, in one atomic step as seen by everybody else. */
  getAndSet(key: string, value: unknown, options: SetOptions | undefined): Promise<unknown> {
    return this.#scope.guard('getAndSet', key, async () => {
      const { space, serverKey, draft, budget } = this.#prepare(
        'getAndSet',
        key,
        value,
        this.#scope.settings.codec,
        options,
      );
      const { shared, flights } = this.#scope;
      flights.detach(serverKey.text);
      return await space.order.alone(serverKey.text, 'record', budget, async () => {
        let { payload } = draft;
        for (let round = 0; ; round += 1) {
          const found = await space.find(serverKey, key, budget);
          const when = conditionFor(found.stored, round);
          const result = await space.entries.write(serverKey.text, { ...draft, payload }, when, budget);
          if (result.written) {
            this.#written(key);
            const before = this.#reads.answers.accept('getAndSet', key, found);
            return before === UNREADABLE ? undefined : before;
          }
          payload = shared.format.copy(payload);
        }
      });
    });
  }

  /** Gives an entry another life, from now; whether it was there. */
  touch(key: string, options: TouchOptions | undefined): Promise<boolean> {
    return this.#scope.guard('touch', key, async () => {
      checkKey(key, 'touch');
      const budget = this.#scope.budget(options, 'touch');
      const space = this.#scope.buckets.of(key);
      const serverKey = space.key(key);
      const ttlMs = options?.ttl === undefined ? undefined : parseTtl(options.ttl);
      return await space.order.alone(serverKey.text, 'nothing', budget, async () => {
        for (;;) {
          const found = await space.find(serverKey, key, budget);
          if (found.state !== 'fresh' || found.stored === undefined) return false;
          if (await this.#renew(space, serverKey, found, ttlMs, budget)) return true;
        }
      });
    });
  }

  /** Whether it was still the version that was found. */
  async #renew(
    space: Space<P>,
    serverKey: ServerKey,
    found: Found<P>,
    ttl: number | null | undefined,
    budget: Budget,
  ): Promise<boolean> {
    const { stored, record } = found;
    const { shared, settings } = this.#scope;
    if (stored === undefined || record === undefined) return false;
    const { format } = shared;
    const when = { version: stored.version };
    const now = shared.clock.now();
    const slidingMs = format.slidingMs(stored.payload);
    const keptUntil = format.keptUntil(stored.payload);
    if (slidingMs > 0 && ttl === undefined) {
      const ttlMs = Math.max(1, Math.ceil(Math.min(slidingMs, keptUntil - now)));
      return await shared.coalescer.touch({ key: serverKey.text, ttlMs, when }, budget.wait());
    }
    const freshUntil = endOf(ttl === undefined ? settings.life.ttlMs : ttl, now);
    const before = format.freshUntil(stored.payload);
    const graceMs = before === Number.POSITIVE_INFINITY ? settings.life.graceMs : keptUntil - before;
    const payload = format.copy(stored.payload);
    format.setLife(payload, freshUntil, freshUntil + graceMs, 0);
    const ttlMs = freshUntil === Number.POSITIVE_INFINITY ? null : Math.ceil(freshUntil + graceMs - now);
    // What it names must outlive it.
    const tags = format.head(payload).tags.map(({ name }) => name);
    if (tags.length > 0) await space.generations(tags, record, freshUntil + graceMs, budget);
    return (
      (await space.entries.rewrite({ key: serverKey.text, payload, ttlMs, when }, record, budget)) !==
      undefined
    );
  }

  #prepare(
    operation: string,
    key: string,
    value: unknown,
    codec: Codec,
    options: SetOptions = {},
    call: CallOptions = options,
  ): Prepared<P> {
    checkKey(key, operation);
    const budget = this.#scope.budget(call, operation);
    if (typeof options !== 'object' || options === null) {
      const message = `${operation} ${quoteKey(key)}: options must be an object`;
      throw new CacheError('INVALID_OPTION', message, { operation, key });
    }
    const { adapter, policies } = this.#scope.shared;
    const entry = withPolicy(policies, options, operation);
    const space = this.#scope.buckets.of(key);
    // The very text that hits ask a store of this process for, which then compares no characters.
    const serverKey = adapter.sync === undefined ? space.key(key) : space.knownKey(key);
    return {
      key,
      space,
      serverKey,
      draft: this.#scope.draft(key, serverKey.hashed, value, codec, entry, operation),
      budget,
    };
  }

  async #put(prepared: Prepared<P>): Promise<void> {
    const { key, space, serverKey, draft, budget } = prepared;
    this.#scope.flights.detach(serverKey.text);
    if (this.#putNear(prepared)) return this.#written(key);
    const write = (): Promise<unknown> => space.entries.write(serverKey.text, draft, undefined, budget);
    // The markers of tags may take a step of their own.
    if (draft.tags.length > 0) await space.order.alone(serverKey.text, 'record', budget, write);
    else await space.order.enter(serverKey.text, 'record', budget, write);
    this.#written(key);
  }

  /**
   * A write in a store of this process, which needs no batch, no timer and no turn of its own; whether it was one. What
   * is refused goes the way round, which says why.
   */
  #putNear({ space, serverKey, draft, budget }: Prepared<P>): boolean {
    const store = this.#scope.near(space, serverKey);
    if (store === undefined || draft.tags.length > 0 || budget.signal !== undefined) return false;
    const { format } = this.#scope.shared;
    try {
      const record = store.get(space.recordKey);
      if (record === undefined || !format.recognizes(record)) return false;
      // Who refuses a payload may have frozen it before.
      const payload = format.copy(draft.payload);
      format.adopt(payload, record);
      store.set(serverKey.text, payload, draft.ttlMs);
      return true;
    } catch {
      return false;
    }
  }

  #written(key: string): void {
    const { counts, events } = this.#scope.shared;
    counts.writes += 1;
    if (events.has('write')) events.emit('write', { namespace: this.#scope.name, key });
  }
}
