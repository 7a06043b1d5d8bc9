import { CLOSED } from '../contract/call.ts';
import { CacheError, quoteKey } from '../error.ts';
import { checkKey } from '../key.ts';
import { UNREADABLE } from './answers.ts';
import type { Copies } from './copies.ts';
import { awaitFlight, type Flight, type Landing, LOADING } from './flights.ts';
import { isAging, isDue, isEager } from './freshness.ts';
import type { Loader } from './load-context.ts';
import { type LoadOptions, loadPlan } from './load-options.ts';
import { Loading, type LoadRequest } from './loading.ts';
import { Looks, type Sight } from './looks.ts';
import { settleAll } from './many.ts';
import { LoadGroup, type ManyLoader, NO_VALUE } from './many-loads.ts';
import { withPolicy } from './policies.ts';
import { checkList, type Reads } from './reads.ts';
import { hasLanded, type LaggingHit, Refreshes } from './refreshes.ts';
import type { Scope } from './scope.ts';
import type { Found } from './space.ts';
import { parseTags } from './tags.ts';

/** The pause after a failed load where a stale value serves meanwhile. */
const STALE_PAUSE_MS = 1000;

/**
 * Reading through. One load a key in this process, and in the fleet by lease. A caller receives what a flight brought
 * only if its load began after the call, or if the value was kept or found after the call began; otherwise an
 * invalidation may lie between, and the caller looks and loads again, once.
 */
export class Loads<P> {
  readonly #scope: Scope<P>;
  readonly #reads: Reads<P>;
  readonly #loading: Loading<P>;
  readonly #looks: Looks<P>;
  readonly #refreshes: Refreshes<P>;
  /** Copies that may serve whatever their age, where nothing is loaded anew before its end. */
  readonly #lasting: Copies<P> | undefined;

  constructor(scope: Scope<P>, reads: Reads<P>) {
    this.#scope = scope;
    this.#reads = reads;
    this.#loading = new Loading(scope, reads);
    this.#lasting = isEager(scope.settings.load) ? undefined : reads.copies;
    this.#looks = new Looks(scope, reads, this.#loading);
    this.#refreshes = new Refreshes(
      scope,
      (request) => this.#flight(request),
      (request) => this.#look(request),
    );
  }

  /** The value that is there, or what the loader brings. */
  getOrSet(key: string, loader: Loader<unknown>, options: LoadOptions | undefined): Promise<unknown> {
    if (options === undefined && typeof loader === 'function') {
      const answer = this.#lasting?.answer(key);
      if (answer !== undefined) return answer;
    }
    return this.#getOrSet(key, loader, options ?? {}, true);
  }

  /** As `getOrSet`, for one who wants the value to be there and not only to have it. */
  load(key: string, loader: Loader<unknown>, options: LoadOptions): Promise<unknown> {
    return this.#getOrSet(key, loader, options, false);
  }

  async #getOrSet(
    key: string,
    loader: Loader<unknown>,
    options: LoadOptions,
    mayLag: boolean,
  ): Promise<unknown> {
    const { flights } = this.#scope;
    const request = this.#request('getOrSet', key, loader, options, 'join');
    const copy = this.#copy(request);
    if (copy !== undefined) return copy.value;
    const calledAt = flights.now();
    const { base, value, lagging } = await this.#looks.find(request, mayLag);
    if (value === UNREADABLE) return await this.#through({ ...request, base }, calledAt);
    if (lagging !== undefined) {
      if (isDue(this.#scope, lagging.payload, request.plan)) {
        this.#refreshes.confirmed([{ ...request, lagging }], undefined, calledAt);
      }
    } else if (base?.stored !== undefined && isDue(this.#scope, base.stored.payload, request.plan)) {
      void this.#refreshes.one({ ...request, base }, calledAt);
    }
    return value;
  }

  /** The values by position; what is missing comes from one call of the loader, undefined where that has none. */
  async getOrSetMany(
    keys: readonly string[],
    loader: ManyLoader<unknown>,
    options: LoadOptions,
  ): Promise<unknown[]> {
    const operation = 'getOrSetMany';
    checkList(keys, operation);
    const calledAt = this.#scope.flights.now();
    const requests = [...new Set(keys)].map((key) => this.#request(operation, key, loader, options, 'join'));
    const values = new Map<string, unknown>();
    const due: LoadRequest<P>[] = [];
    const dueBehind: LaggingHit<P>[] = [];
    const looks = requests.map(async (request) => {
      const { base, value, lagging } = this.#copy(request) ?? (await this.#looks.find(request, true));
      if (value !== UNREADABLE) {
        values.set(request.key, value);
        if (lagging !== undefined) {
          if (isDue(this.#scope, lagging.payload, request.plan)) dueBehind.push({ ...request, lagging });
        } else if (base?.stored !== undefined && isDue(this.#scope, base.stored.payload, request.plan)) {
          due.push({ ...request, base });
        }
      }
      return { ...request, base };
    });
    const missing = (await Promise.all(looks)).filter(({ key }) => !values.has(key));
    void this.#refreshes.all(due, loader, calledAt);
    if (dueBehind.length > 0) this.#refreshes.confirmed(dueBehind, loader, calledAt);
    const group = new LoadGroup(
      loader,
      missing.map(({ key }) => key),
    );
    await settleAll(this.#scope, operation, missing, async (request) => {
      const { key } = request;
      const passed = (): void => group.pass(key);
      const one: Loader<unknown> = ({ signal }) => group.load(key, signal);
      try {
        values.set(key, await this.#through({ ...request, loader: one, passed }, calledAt));
      } finally {
        passed();
      }
    });
    return keys.map((key) => {
      const value = values.get(key);
      return value === NO_VALUE ? undefined : value;
    });
  }

  /** @throws CacheError for bad input */
  check(operation: string, key: string, loader: unknown, options: LoadOptions): void {
    this.#request(operation, key, loader, options, 'join');
  }

  /** What the loader brings now, whatever is there. */
  async refresh(key: string, loader: Loader<unknown>, options: LoadOptions): Promise<unknown> {
    const request = this.#request('refresh', key, loader, options, 'over');
    const calledAt = this.#scope.flights.now();
    const base = await this.#look(request);
    return await this.#through({ ...request, base }, calledAt);
  }

  /** The copy in this process, if it may serve and is not to be loaded anew yet; a hit. */
  #copy({ key, options, plan }: LoadRequest<P>): Sight<P> | undefined {
    if (options.signal?.aborted) return undefined;
    const { copies, answers } = this.#reads;
    const copy = copies?.find(key, copies.reader);
    if (copy === undefined || isAging(this.#scope, copy.about, plan)) return undefined;
    answers.hit(key);
    return { value: copy.value, base: undefined, lagging: undefined };
  }

  #look(request: LoadRequest<P>): Promise<Found<P> | undefined> {
    return this.#loading.look(request, this.#scope.budget(request.options, request.operation));
  }

  /** Checks everything before any I/O. */
  #request(
    operation: string,
    key: string,
    given: unknown,
    callOptions: LoadOptions,
    way: LoadRequest<P>['way'],
  ): LoadRequest<P> {
    const { shared, settings, buckets } = this.#scope;
    checkKey(key, operation);
    if (typeof given !== 'function') {
      const message = `${operation} ${quoteKey(key)}: the loader must be a function`;
      throw new CacheError('INVALID_OPTION', message, { operation, key });
    }
    if (shared.calls.closed) throw this.#scope.fault(CLOSED, operation, key, false);
    this.#scope.timeoutMs(callOptions, operation);
    const named = withPolicy(shared.policies, callOptions, operation);
    const options = named.tags === undefined ? named : { ...named, tags: parseTags(named.tags, operation) };
    this.#scope.life(key, options, shared.clock.now(), operation);
    const space = buckets.of(key);
    const plan = loadPlan(options, settings.load);
    const loader = given as Loader<unknown>;
    return { operation, key, serverKey: space.key(key), space, loader, options, plan, base: undefined, way };
  }

  async #through(request: LoadRequest<P>, calledAt: number): Promise<unknown> {
    const { flights, shared } = this.#scope;
    const { key, operation, plan, serverKey } = request;
    let { base } = request;
    let lookedAt = calledAt;
    for (;;) {
      if (request.way === 'join' && hasLanded(flights, request, lookedAt)) {
        lookedAt = flights.now();
        base = await this.#look(request);
        const kept = this.#reads.answers.peek(operation, key, base);
        if (kept !== UNREADABLE) return kept;
        continue;
      }
      const stale = this.#reads.answers.valueOf(operation, key, base);
      const pause = flights.paused(serverKey.text, shared.clock.monotonic());
      if (pause !== undefined && request.way === 'join') {
        if (stale !== UNREADABLE) return stale;
        if (!pause.onlyStale) throw pause.error;
      }
      let landing: Landing | 'soft';
      const joins = flights.get(serverKey.text) !== undefined;
      try {
        landing = await this.#land(
          this.#flight({ ...request, base }),
          request,
          stale === UNREADABLE ? undefined : plan.softTimeoutMs,
        );
      } catch (error) {
        if (joins && isClosed(error) && !shared.calls.closed) {
          // Another cache over this adapter had begun it.
          lookedAt = flights.now();
          base = await this.#look(request);
          continue;
        }
        if (stale === UNREADABLE || request.way === 'over' || isCallers(error)) throw error;
        this.#scope.fault(error, operation, key, true);
        return stale;
      }
      if (landing === 'soft') return stale;
      const { begunAt, keptAt } = landing;
      const isCurrent = begunAt > calledAt || (keptAt > calledAt && request.way === 'join');
      // What the source of many did not have, another caller's own loader may.
      if (isCurrent && (landing.value !== NO_VALUE || request.passed !== undefined)) return landing.value;
      lookedAt = flights.now();
      base = await this.#look(request);
      const kept = this.#reads.answers.peek(operation, key, base);
      if (kept !== UNREADABLE && request.way === 'join') return kept;
    }
  }

  /** The flight of a key: the one under way, or a new one. */
  #flight(request: LoadRequest<P>): Flight {
    const { flights, shared } = this.#scope;
    const { text } = request.serverKey;
    const known = flights.get(text);
    if (known !== undefined) {
      request.passed?.();
      return known;
    }
    const flight = flights.begin(text, request.key, (own) => {
      return shared.calls.track(() => this.#loading.run(own, request));
    });
    flight.landing.catch((error) => this.#failed(flight, request, error));
    return flight;
  }

  #failed(flight: Flight, { base, key, operation, plan, serverKey }: LoadRequest<P>, error: unknown): void {
    const { flights, shared } = this.#scope;
    // What was invalidated meanwhile is loaded anew at once.
    if (flight.detached || isCallers(error)) return;
    const onlyStale = plan.failurePauseMs === undefined;
    if (onlyStale && this.#reads.answers.valueOf(operation, key, base) === UNREADABLE) return;
    const until = shared.clock.monotonic() + (plan.failurePauseMs ?? STALE_PAUSE_MS);
    flights.pause(serverKey.text, { until, error, onlyStale });
  }

  /**
   * The landing, `soft` when that much time has passed, or a rejection when the signal is aborted or the cache closed:
   * the flight goes on for the others.
   */
  #land(
    flight: Flight,
    { key, operation, options: { signal } }: LoadRequest<P>,
    softMs: number | undefined,
  ): Promise<Landing | 'soft'> {
    const { calls, clock, onClose, waitUntil } = this.#scope.shared;
    const leave = awaitFlight(LOADING.get(), flight, key);
    return new Promise<Landing | 'soft'>((resolve, reject) => {
      const end = (code: 'ABORTED' | 'CLOSED', reason: string, cause: unknown): void => {
        const message = `${operation} ${quoteKey(key)}: ${reason}`;
        reject(new CacheError(code, message, { operation, key, cause }));
      };
      const onAbort = (): void => end('ABORTED', 'the signal was aborted', signal?.reason);
      const close = (): void => end('CLOSED', 'the cache was closed during the load', undefined);
      const soft = (): void => {
        waitUntil?.(flight.landing.catch(() => undefined));
        resolve('soft');
      };
      if (signal?.aborted) return onAbort();
      if (calls.closed) return close();
      const timer = softMs === undefined ? undefined : clock.schedule(soft, softMs);
      signal?.addEventListener('abort', onAbort);
      onClose.add(close);
      const release = (): void => {
        timer?.cancel();
        signal?.removeEventListener('abort', onAbort);
        onClose.delete(close);
      };
      flight.landing.then(resolve, reject).then(release);
    }).finally(leave);
  }
}

/** What ended the caller's wait, and not the load. */
function isCallers(error: unknown): boolean {
  return error instanceof CacheError && ['ABORTED', 'CLOSED', 'REENTRANT'].includes(error.code);
}

function isClosed(error: unknown): boolean {
  return (error as Partial<CacheError> | undefined)?.code === 'CLOSED';
}
