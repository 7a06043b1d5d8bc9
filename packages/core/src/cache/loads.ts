import { CLOSED } from '../contract/call.ts';
import { CacheError, quoteKey } from '../error.ts';
import { checkKey, type ServerKey } from '../key.ts';
import type { Budget } from './budget.ts';
import type { Flight, Landing } from './flights.ts';
import type { CallOptions, LifeOptions } from './options.ts';
import { type Reads, UNREADABLE } from './reads.ts';
import type { Scope } from './scope.ts';
import type { Found } from './space.ts';

/** What a loader gets. */
export interface LoadContext {
  /** Aborted when the cache is closed. */
  readonly signal: AbortSignal;
}

/** Brings the value from its source. Must not return undefined: null stands for "nothing". */
export type Loader<V> = (context: LoadContext) => V | Promise<V>;

export interface LoadOptions extends CallOptions, LifeOptions {}

const GET_OR_SET = 'getOrSet';

/**
 * Reading through. One load a key in this process. A caller receives what a flight brought only if its load began
 * after the call, or if the value was kept after the call began; otherwise an invalidation may lie between, and the
 * caller loads again, once.
 */
export class Loads<P> {
  readonly #scope: Scope<P>;
  readonly #reads: Reads<P>;

  constructor(scope: Scope<P>, reads: Reads<P>) {
    this.#scope = scope;
    this.#reads = reads;
  }

  async getOrSet(key: string, loader: Loader<unknown>, options: LoadOptions): Promise<unknown> {
    const scope = this.#scope;
    checkKey(key, GET_OR_SET);
    if (typeof loader !== 'function') {
      const message = `${GET_OR_SET} ${quoteKey(key)}: the loader must be a function`;
      throw new CacheError('INVALID_OPTION', message, { operation: GET_OR_SET, key });
    }
    if (scope.shared.calls.closed) throw scope.fault(CLOSED, GET_OR_SET, key, false);
    const budget = scope.budget(options, GET_OR_SET);
    scope.life(key, options, scope.shared.clock.now(), GET_OR_SET);
    const calledAt = scope.flights.now();
    const serverKey = scope.buckets.of(key).key(key);
    let found = await this.#look(serverKey, key, budget);
    const value = this.#reads.accept(GET_OR_SET, key, found);
    if (value !== UNREADABLE) return value;

    for (;;) {
      // Where the store is out of reach the loader runs at once: it is not asked a second time.
      const base = found;
      const flight =
        scope.flights.get(serverKey.text) ??
        scope.flights.begin(serverKey.text, key, (own) =>
          this.#fly(own, serverKey, key, loader, options, base),
        );
      const landing = await this.#until(flight.landing, options.signal, key);
      if (flight.begunAt > calledAt || (landing.keptAt ?? 0) > calledAt) return landing.value;
      found = await this.#look(serverKey, key, scope.budget(options, GET_OR_SET));
      const kept = this.#reads.peek(GET_OR_SET, key, found);
      if (kept !== UNREADABLE) return kept;
    }
  }

  async #fly(
    flight: Flight,
    serverKey: ServerKey,
    key: string,
    loader: Loader<unknown>,
    options: LoadOptions,
    base: Found<P> | undefined,
  ): Promise<Landing> {
    const { shared, buckets, settings, flights } = this.#scope;
    // As patient as the call that began it, whoever joins.
    const patience = options.timeout === undefined ? undefined : { timeout: options.timeout };
    const budget = (): Budget => this.#scope.budget(patience, GET_OR_SET);
    // What was read before the load decides whether the fill counts: the record, and what stood under the key.
    const record = base === undefined ? undefined : (base.record ?? (await this.#makeRecord(key, budget())));
    const startedAt = shared.clock.monotonic();
    const value = await this.#load(key, loader);
    const loadMs = shared.clock.monotonic() - startedAt;
    const draft = this.#scope.draft(
      key,
      serverKey.hashed,
      value,
      settings.codec,
      options,
      GET_OR_SET,
      loadMs,
    );
    if (base === undefined || record === undefined || flight.detached) return { value, keptAt: undefined };
    try {
      const when = base.stored === undefined ? 'absent' : { version: base.stored.version };
      const keptAt = flights.now();
      const kept = await buckets.of(key).keep(serverKey.text, draft, record, when, budget());
      if (!kept || flight.detached) return { value, keptAt: undefined };
      shared.counts.writes += 1;
      if (shared.events.has('write')) shared.events.emit('write', { namespace: this.#scope.name, key });
      return { value, keptAt };
    } catch (caught) {
      this.#scope.fault(caught, GET_OR_SET, key, true);
      return { value, keptAt: undefined };
    }
  }

  async #load(key: string, loader: Loader<unknown>): Promise<unknown> {
    const { shared } = this.#scope;
    const startedAt = shared.clock.monotonic();
    shared.counts.loads += 1;
    try {
      return await loader({ signal: shared.closing.signal });
    } catch (error) {
      shared.counts.loadFailures += 1;
      throw error;
    } finally {
      if (shared.events.has('load')) {
        const durationMs = shared.clock.monotonic() - startedAt;
        shared.events.emit('load', { namespace: this.#scope.name, key, durationMs });
      }
    }
  }

  /** What is there; undefined = out of reach, which must not keep the loader from running. */
  async #look(serverKey: ServerKey, key: string, budget: Budget): Promise<Found<P> | undefined> {
    try {
      return await this.#scope.buckets.of(key).find(serverKey, key, budget);
    } catch (caught) {
      const error = this.#scope.fault(caught, GET_OR_SET, key, true);
      if (error.code === 'CLOSED' || error.code === 'ABORTED') throw error;
      return undefined;
    }
  }

  async #makeRecord(key: string, budget: Budget): Promise<P | undefined> {
    try {
      return await this.#scope.buckets.of(key).record(budget);
    } catch (caught) {
      this.#scope.fault(caught, GET_OR_SET, key, true);
      return undefined;
    }
  }

  /** The landing, or a rejection when the signal is aborted or the cache closed: the flight goes on for the others. */
  #until(landing: Promise<Landing>, signal: AbortSignal | undefined, key: string): Promise<Landing> {
    const { calls, onClose } = this.#scope.shared;
    return new Promise((resolve, reject) => {
      const end = (code: 'ABORTED' | 'CLOSED', reason: string, cause: unknown): void => {
        const message = `${GET_OR_SET} ${quoteKey(key)}: ${reason}`;
        reject(new CacheError(code, message, { operation: GET_OR_SET, key, cause }));
      };
      const onAbort = (): void => end('ABORTED', 'the signal was aborted', signal?.reason);
      const close = (): void => end('CLOSED', 'the cache was closed during the load', undefined);
      if (signal?.aborted) return onAbort();
      if (calls.closed) return close();
      signal?.addEventListener('abort', onAbort);
      onClose.add(close);
      const release = (): void => {
        signal?.removeEventListener('abort', onAbort);
        onClose.delete(close);
      };
      landing.then(resolve, reject).then(release);
    });
  }
}
