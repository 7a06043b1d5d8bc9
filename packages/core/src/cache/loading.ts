import type { Condition, Version } from '../contract/adapter.ts';
import type { Validators } from '../entry/entry.ts';
import { CacheError, quoteKey } from '../error.ts';
import type { ServerKey } from '../key.ts';
import { AsyncContext } from './async-context.ts';
import type { Budget } from './budget.ts';
import { conditionFor } from './condition.ts';
import type { Flight, Landing } from './flights.ts';
import { Lease, leaseLength } from './lease.ts';
import { type Loader, LoadNotes } from './load-context.ts';
import type { LoadOptions, LoadPlan } from './load-options.ts';
import { NO_VALUE } from './many-loads.ts';
import type { EntryOptions } from './options.ts';
import { isQuarantined } from './quarantine.ts';
import { type Reads, UNREADABLE } from './reads.ts';
import type { Scope } from './scope.ts';
import type { Draft, Found, Space } from './space.ts';
import { Watch } from './watch.ts';

/** What is to be loaded. */
export interface LoadRequest<P> {
  readonly operation: string;
  readonly key: string;
  readonly serverKey: ServerKey;
  readonly space: Space<P>;
  readonly loader: Loader<unknown>;
  readonly options: LoadOptions;
  readonly plan: LoadPlan;
  /** What was read before: it decides whether the fill counts. undefined = the store is out of reach. */
  readonly base: Found<P> | undefined;
  /** `join`: whoever loads elsewhere is waited for. `over`: not. `behind`: then there is nothing to do. */
  readonly way: 'join' | 'over' | 'behind';
  /** Told when the loader does not run, or not now, because somebody else loads. */
  readonly passed?: () => void;
}

/** What allows to fill: on condition of what was seen, or of a lease. */
interface Claim<P> {
  readonly record: P;
  readonly seen: Condition;
  readonly lease: Lease<P> | undefined;
  /** Whether the lease lies under the key itself. */
  readonly inPlace: boolean;
}

/** Whom the loader that runs now belongs to. */
export const LOADING: AsyncContext<Flight> = new AsyncContext();

/** The course of one load: the right to load, the loader, the fill. */
export class Loading<P> {
  readonly #scope: Scope<P>;
  readonly #reads: Reads<P>;

  constructor(scope: Scope<P>, reads: Reads<P>) {
    this.#scope = scope;
    this.#reads = reads;
  }

  async run(flight: Flight, request: LoadRequest<P>): Promise<Landing> {
    const { flights, shared } = this.#scope;
    const watch = new Watch(shared.clock);
    let { base } = request;
    for (;;) {
      const claim = await this.#claim(request, base, watch);
      if (claim !== 'wait') return await this.#load(flight, request, base, claim);
      const keptAt = flights.now();
      request.passed?.();
      if (request.way === 'behind') return { value: undefined, begunAt: 0, keptAt };
      await watch.pause();
      const lookedAt = flights.now();
      base = await this.look(request, this.#budget(request.options, request.operation));
      const value = this.#reads.peek(request.operation, request.key, base);
      if (value !== UNREADABLE) return { value, begunAt: 0, keptAt: lookedAt };
    }
  }

  /** What is there; undefined = out of reach, which must not keep the loader from running. */
  async look(
    { operation, key, serverKey, space }: LoadRequest<P>,
    budget: Budget,
  ): Promise<Found<P> | undefined> {
    try {
      const refusal = space.breaker.refusal();
      if (refusal !== undefined) throw refusal;
      return await space.find(serverKey, key, budget);
    } catch (caught) {
      const error = this.#scope.fault(caught, operation, key, true);
      space.breaker.failed(error);
      if (error.code === 'CLOSED' || error.code === 'ABORTED') throw error;
      return undefined;
    }
  }

  /** The right to fill; `wait` = somebody else has it; undefined = nobody can have it, so the value is not kept. */
  async #claim(
    request: LoadRequest<P>,
    base: Found<P> | undefined,
    watch: Watch,
  ): Promise<Claim<P> | 'wait' | undefined> {
    if (base === undefined) return undefined;
    const { operation, key, options, space } = request;
    try {
      const record = base.record ?? (await space.record.learn(this.#budget(options, operation)));
      // Where entries are in the memory of this process, its flights are all there are.
      if (this.#scope.shared.adapter.payload === 'reference') {
        return { record, seen: conditionFor(base.stored, 0), lease: undefined, inPlace: false };
      }
      const claim = await this.#lease(request, base, record, watch);
      const tags = options.tags ?? [];
      if (tags.length > 0 && typeof claim === 'object') {
        const { keptUntil } = this.#scope.life(key, options, this.#scope.shared.clock.now(), operation);
        await space.lengthen(tags, record, keptUntil, this.#budget(options, operation));
      }
      return claim;
    } catch (caught) {
      this.#scope.fault(caught, operation, key, true);
      return undefined;
    }
  }

  async #lease(
    { operation, options, serverKey, space, way }: LoadRequest<P>,
    { state, stored }: Found<P>,
    record: P,
    watch: Watch,
  ): Promise<Claim<P> | 'wait' | undefined> {
    const { shared } = this.#scope;
    const budget = (): Budget => this.#budget(options, operation);
    const seen = conditionFor(stored, 0);
    if (state === 'stale' || state === 'fresh') {
      const key = space.leaseKey(serverKey);
      const beside = await shared.coalescer.read(key, undefined, budget().wait());
      const length = leaseLength(shared, beside.stored, record);
      if (way !== 'over' && length !== undefined && !watch.ended(beside.stored?.version, length))
        return 'wait';
      const lease = await Lease.acquire(this.#scope, key, record, conditionFor(beside.stored, 0), budget);
      return lease === undefined ? 'wait' : { record, seen, lease, inPlace: false };
    }
    if (stored !== undefined && isQuarantined(this.#scope, stored.payload, record)) return undefined;
    const length = leaseLength(shared, stored, record);
    if (way !== 'over' && length !== undefined && !watch.ended(stored?.version, length)) return 'wait';
    const lease = await Lease.acquire(this.#scope, serverKey.text, record, seen, budget);
    return lease === undefined ? 'wait' : { record, seen, lease, inPlace: true };
  }

  async #load(
    flight: Flight,
    request: LoadRequest<P>,
    base: Found<P> | undefined,
    claim: Claim<P> | undefined,
  ): Promise<Landing> {
    const { flights, shared } = this.#scope;
    const { key, operation, options, plan } = request;
    const budget = (): Budget => this.#budget(options, operation);
    const begunAt = flights.now();
    const startedAt = shared.clock.monotonic();
    claim?.lease?.renew(plan.hardTimeoutMs, budget);
    let kept = false;
    try {
      const notes = this.#notes(request, base);
      const value = notes.resultOf(await this.#call(flight, request, notes));
      const loadMs = shared.clock.monotonic() - startedAt;
      const life = value === null ? withNullTtl(notes.over(options), plan) : notes.over(options);
      if (life === undefined || !notes.stored || value === NO_VALUE) return { value, begunAt, keptAt: 0 };
      const { hashed } = request.serverKey;
      const draft = this.#scope.draft(key, hashed, value, this.#scope.settings.codec, life, operation, {
        loadMs,
        validators: notes.validators,
      });
      if (claim === undefined || flight.detached) return { value, begunAt, keptAt: 0 };
      claim.lease?.stop();
      const keptAt = flights.now();
      kept = await this.#fill(flight, request, draft, claim);
      return { value, begunAt, keptAt: kept && !flight.detached ? keptAt : 0 };
    } finally {
      if (claim?.lease !== undefined) {
        if (kept && claim.inPlace) claim.lease.stop();
        else
          claim.lease.release(budget()).catch((failure) => this.#scope.fault(failure, 'release', key, true));
      }
    }
  }

  /** Whether the value is kept, and nothing was invalidated since what it was loaded under. */
  async #fill(
    flight: Flight,
    { operation, key, options, serverKey, space }: LoadRequest<P>,
    draft: Draft<P>,
    { lease, record, seen, inPlace }: Claim<P>,
  ): Promise<boolean> {
    const { shared, name } = this.#scope;
    try {
      const budget = this.#budget(options, operation);
      const putting = space.put(draft.payload, draft.tags, record, budget);
      // A marker that was made just now does not know of an invalidation that found none.
      if (putting !== undefined && (await putting) === 'made') {
        if (!space.record.same(record, await space.record.learn(budget))) return false;
      }
      const leased = await lease?.version();
      if (flight.detached || (inPlace && leased === undefined)) return false;
      const when = inPlace ? { version: leased as Version } : seen;
      const kept = await space.keep(serverKey.text, draft.payload, draft.ttlMs, when, record, budget);
      if (kept === undefined) return false;
      shared.counts.writes += 1;
      if (shared.events.has('write')) shared.events.emit('write', { namespace: name, key });
      return true;
    } catch (caught) {
      this.#scope.fault(caught, operation, key, true);
      return false;
    }
  }

  /** Runs the loader, within its time. */
  async #call(
    flight: Flight,
    { key, operation, loader, plan }: LoadRequest<P>,
    notes: LoadNotes,
  ): Promise<unknown> {
    const { shared, name } = this.#scope;
    const { clock, counts, events, onClose } = shared;
    const startedAt = clock.monotonic();
    counts.loads += 1;
    const closed = (): void => notes.abort(new CacheError('CLOSED', 'the cache is closed'));
    onClose.add(closed);
    let late: (error: CacheError) => void = () => undefined;
    const timer = clock.schedule(() => {
      const message = `${operation} ${quoteKey(key)}: the loader did not end within ${plan.hardTimeoutMs} ms (hardTimeout)`;
      const error = new CacheError('TIMEOUT', message, { operation, key, retryable: true });
      late(error);
      notes.abort(error);
    }, plan.hardTimeoutMs);
    try {
      const running = LOADING.run(flight, async () => await loader(notes));
      return await new Promise((resolve, reject) => {
        late = reject;
        running.then(resolve, reject);
      });
    } catch (error) {
      counts.loadFailures += 1;
      throw error;
    } finally {
      timer.cancel();
      onClose.delete(closed);
      if (events.has('load')) {
        events.emit('load', { namespace: name, key, durationMs: clock.monotonic() - startedAt });
      }
    }
  }

  #notes({ operation, key, way }: LoadRequest<P>, base: Found<P> | undefined): LoadNotes {
    const stale = this.#reads.valueOf(operation, key, base);
    const validators =
      base?.stored === undefined || stale === UNREADABLE ? undefined : this.#validators(base);
    return new LoadNotes(stale === UNREADABLE ? undefined : stale, way === 'behind', validators);
  }

  #validators({ stored }: Found<P>): Validators | undefined {
    return stored === undefined ? undefined : this.#scope.shared.format.head(stored.payload).validators;
  }

  /** As patient as the call that began the load, whoever joins. */
  #budget({ timeout }: LoadOptions, operation: string): Budget {
    return this.#scope.budget(timeout === undefined ? undefined : { timeout }, operation);
  }
}

/** The life of a null; undefined = it is not kept. */
function withNullTtl(life: EntryOptions, { nullTtl }: LoadPlan): EntryOptions | undefined {
  if (nullTtl === undefined) return life;
  if (nullTtl === false) return undefined;
  const { expiresAt: _e, sliding: _s, ...rest } = life;
  return { ...rest, ttl: nullTtl };
}
