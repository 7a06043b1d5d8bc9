import type { Version } from '../contract/adapter.ts';
import type { Validators } from '../entry/entry.ts';
import { CacheError, quoteKey } from '../error.ts';
import { UNREADABLE } from './answers.ts';
import type { Budget } from './budget.ts';
import { type Claim, Claims, type Wanted } from './claim.ts';
import type { Draft } from './entries.ts';
import { type Flight, type Landing, LOADING } from './flights.ts';
import { type Loader, LoadNotes } from './load-context.ts';
import type { LoadOptions, LoadPlan } from './load-options.ts';
import { NO_VALUE } from './many-loads.ts';
import type { EntryOptions } from './options.ts';
import type { Reads } from './reads.ts';
import type { Scope } from './scope.ts';
import type { Found } from './space.ts';
import { sameVersion, Watch } from './watch.ts';

/**
 * So often the right to load is asked for in vain while nobody is seen to have it: others may be faster, but a store that
 * refuses what it does would be asked for ever. Then the value is not kept.
 */
const MOST_REFUSALS = 5;

/** What is to be loaded. */
export interface LoadRequest<P> extends Wanted<P> {
  readonly loader: Loader<unknown>;
  readonly plan: LoadPlan;
  /** What was read before: it decides whether the fill counts. undefined = the store is out of reach. */
  readonly base: Found<P> | undefined;
  /** Told when the loader does not run, or not now, because somebody else loads. */
  readonly passed?: () => void;
}

/** The course of one load: the right to load, the loader, the fill. */
export class Loading<P> {
  readonly #scope: Scope<P>;
  readonly #reads: Reads<P>;
  readonly #claims: Claims<P>;

  constructor(scope: Scope<P>, reads: Reads<P>) {
    this.#scope = scope;
    this.#reads = reads;
    this.#claims = new Claims(scope);
  }

  async run(flight: Flight, request: LoadRequest<P>): Promise<Landing> {
    const { flights, shared } = this.#scope;
    const watch = new Watch(shared.clock);
    let { base } = request;
    let refusals = 0;
    for (;;) {
      const claim = await this.#claims.claim(request, base, watch);
      if (claim === 'refused') refusals += 1;
      if (refusals === MOST_REFUSALS) return await this.#load(flight, request, base, undefined);
      if (claim !== 'wait' && claim !== 'refused') return await this.#load(flight, request, base, claim);
      request.passed?.();
      // Whoever joined meanwhile has got nothing by that.
      if (request.way === 'behind') return { value: undefined, begunAt: 0, keptAt: 0 };
      await watch.pause();
      if (shared.calls.closed)
        throw new CacheError('CLOSED', 'the cache was closed while another process loaded');
      const lookedAt = flights.now();
      base = await this.look(request, this.#budget(request.options, request.operation));
      const value = this.#reads.answers.peek(request.operation, request.key, base);
      if (value !== UNREADABLE && request.way === 'join') return { value, begunAt: 0, keptAt: lookedAt };
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
      return await space.order.enter(serverKey.text, 'nothing', budget, () => {
        return space.find(serverKey, key, budget);
      });
    } catch (caught) {
      const error = this.#scope.fault(caught, operation, key, true);
      space.breaker.failed(error);
      if (error.code === 'CLOSED' || error.code === 'ABORTED') throw error;
      return undefined;
    }
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
    let filled: 'kept' | 'overtaken' | 'refused' = 'refused';
    try {
      const notes = this.#notes(request, base);
      const returned = await this.#call(flight, request, notes);
      const value = notes.resultOf(returned);
      const loadMs = shared.clock.monotonic() - startedAt;
      const life = value === null ? nullLife(notes, options, plan) : notes.over(options);
      if (life === undefined || !notes.stored || value === NO_VALUE) return { value, begunAt, keptAt: 0 };
      const { hashed } = request.serverKey;
      // What a schema made of the stale value is not what it takes.
      const kept = notes.isUnmodified(returned)
        ? this.#reads.answers.storedValueOf(operation, key, base)
        : value;
      const draft = this.#scope.draft(key, hashed, kept, this.#scope.settings.codec, life, operation, {
        loadMs,
        validators: notes.validatorsOf(returned),
      });
      if (claim === undefined || flight.detached) return { value, begunAt, keptAt: 0 };
      claim.lease?.stop();
      const keptAt = flights.now();
      filled = await this.#fill(flight, request, draft, claim);
      return { value, begunAt, keptAt: filled === 'kept' && !flight.detached ? keptAt : 0 };
    } finally {
      claim?.lease?.stop();
      if (claim?.lease !== undefined && !(filled !== 'refused' && claim.inPlace)) {
        const releasing = claim.lease.release(budget()).catch((failure) => {
          this.#scope.fault(failure, 'release', key, true);
        });
        // Or the others would have to wait for its end.
        if (shared.calls.closed) await releasing;
      }
    }
  }

  /** Hands the value over to be kept, unless it was overtaken. */
  async #fill(
    flight: Flight,
    { operation, key, options, serverKey, space }: LoadRequest<P>,
    draft: Draft<P>,
    { generations, lease, record, seen, inPlace }: Claim<P>,
  ): Promise<'kept' | 'overtaken' | 'refused'> {
    const { shared, name } = this.#scope;
    try {
      const budget = this.#budget(options, operation);
      const putting = space.entries.put(draft.payload, draft.tags, record, budget);
      // A marker that was not there when the load began may have been made after an invalidation that found none.
      if (putting !== undefined && !wereBefore(draft.tags, await putting, generations)) {
        if (!space.record.same(record, await space.record.learn(budget))) return 'refused';
      }
      const leased = await lease?.version();
      if (flight.detached || (inPlace && leased === undefined)) return 'refused';
      const when = inPlace ? { version: leased as Version } : seen;
      // Until it is handed over another cache over this store may invalidate the key.
      const isRevoked = (): boolean => flight.detached;
      const { payload, ttlMs } = draft;
      const kept = await space.entries.keep(serverKey.text, payload, ttlMs, when, record, budget, isRevoked);
      if (kept === 'refused') return kept;
      shared.counts.writes += 1;
      if (shared.events.has('write')) shared.events.emit('write', { namespace: name, key });
      return kept;
    } catch (caught) {
      this.#scope.fault(caught, operation, key, true);
      return 'refused';
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
    let end: (error: CacheError) => void = () => undefined;
    const giveUp = (error: CacheError): void => {
      end(error);
      notes.abort(error);
    };
    const closed = (): void => giveUp(new CacheError('CLOSED', 'the cache is closed', { operation, key }));
    onClose.add(closed);
    const timer = clock.schedule(() => {
      const message = `${operation} ${quoteKey(key)}: the loader did not end within ${plan.hardTimeoutMs} ms (hardTimeout)`;
      giveUp(new CacheError('TIMEOUT', message, { operation, key, retryable: true }));
    }, plan.hardTimeoutMs);
    try {
      const running = LOADING.run(flight, async () => await loader(notes));
      return await new Promise((resolve, reject) => {
        end = reject;
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
    const stale = this.#reads.answers.valueOf(operation, key, base);
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
function nullLife(notes: LoadNotes, options: EntryOptions, { nullTtl }: LoadPlan): EntryOptions | undefined {
  if (nullTtl === false) return undefined;
  if (nullTtl === undefined) return notes.over(options);
  const { expiresAt: _e, sliding: _s, ...rest } = options;
  return notes.over({ ...rest, ttl: nullTtl });
}

/** Whether every tag still has the generation that it had before the load. */
function wereBefore(
  tags: readonly string[],
  found: readonly Uint8Array[],
  before: ReadonlyMap<string, Uint8Array>,
): boolean {
  return tags.every((tag, index) => sameVersion(found[index], before.get(tag)));
}
