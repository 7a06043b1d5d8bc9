import type { Clock } from '../clock.ts';
import type { Condition, Stored, Version, Write, WriteResult } from '../contract/adapter.ts';
import type { Failure } from '../contract/outcome.ts';
import type { EntryFormat } from '../entry/entry.ts';
import type { Breaker } from './breaker.ts';
import type { Budget } from './budget.ts';
import type { Coalescer, WriteAnswer } from './coalescer.ts';
import type { Markers } from './markers.ts';
import type { NamespaceRecord } from './record.ts';

/** An entry that is encoded already, to be written under whatever record holds. Written once: it is changed by that. */
export interface Draft<P> {
  readonly payload: P;
  readonly ttlMs: number | null;
  /** The names of its tags, in the order in which it carries them. */
  readonly tags: readonly string[];
}

/**
 * The entries of one namespace, written under its record. A write uses the record that was last seen and fetches it in
 * the same step; if it has changed meanwhile, the entry is written again under the new one, on condition that it is
 * still there.
 */
export class Entries<P> {
  readonly #record: NamespaceRecord<P>;
  readonly #markers: Markers<P>;
  readonly #format: EntryFormat<P>;
  readonly #coalescer: Coalescer<P>;
  readonly #clock: Clock;
  readonly #breaker: Breaker;

  constructor(
    record: NamespaceRecord<P>,
    markers: Markers<P>,
    format: EntryFormat<P>,
    coalescer: Coalescer<P>,
    clock: Clock,
    breaker: Breaker,
  ) {
    this.#record = record;
    this.#markers = markers;
    this.#format = format;
    this.#coalescer = coalescer;
    this.#clock = clock;
    this.#breaker = breaker;
  }

  /** Writes a new value so that it counts under the record as it is when this resolves. */
  async write(
    key: string,
    draft: Draft<P>,
    when: Condition | undefined,
    budget: Budget,
  ): Promise<WriteResult> {
    let record = this.#record.seen ?? (await this.#record.learn(budget));
    let { payload } = draft;
    let condition = when;
    let written: WriteResult | undefined;
    try {
      for (;;) {
        // Not awaited where there is nothing to wait for: the first step comes before anything that is called later.
        const putting = this.put(payload, draft.tags, record, budget);
        if (putting !== undefined) await putting;
        const { clears } = this.#record;
        const answer = await this.#writeSeeing(key, payload, draft.ttlMs, condition, budget);
        const { result } = answer;
        const now = this.#seenBy(answer, clears);
        // Refused at a later turn of the loop: somebody wrote or removed after us. We had written before that, but what
        // we wrote never counted, so a condition that was to hold for it did not.
        if (!result.written) return when === undefined ? (written ?? result) : result;
        if (now !== undefined && this.#unchanged(payload, record, now)) return result;
        written = result;
        record = now ?? (await this.#record.learn(budget));
        condition = { version: result.version };
        payload = this.#format.copy(payload);
      }
    } catch (failure) {
      // What was there before is gone by then, whether or not the new value counts.
      throw written === undefined ? failure : { ...(failure as Failure), outcome: 'unknown' };
    }
  }

  /**
   * Puts an entry that was not handed out yet under a record, its tags too; the generations of these. Without tags this
   * takes no step.
   */
  put(
    payload: P,
    tags: readonly string[],
    record: P,
    budget: Budget,
  ): Promise<readonly Uint8Array[]> | undefined {
    this.#format.adopt(payload, record);
    return tags.length === 0 ? undefined : this.#putTags(payload, tags, record, budget);
  }

  /**
   * Writes an entry that was read or loaded under a record, and never brings it under another: an invalidation may lie
   * between. `overtaken`: it was written, but something was invalidated meanwhile, so it may count or not.
   */
  async keep(
    key: string,
    payload: P,
    ttlMs: number | null,
    when: Condition,
    record: P,
    budget: Budget,
    isRevoked: () => boolean,
  ): Promise<'kept' | 'overtaken' | 'refused'> {
    const { clears } = this.#record;
    const item = { key, payload, ttlMs, when, invalidates: false } as const;
    const answer = await this.#coalescer.writeSeeing(item, this.#record.key, budget.wait(), isRevoked);
    const now = this.#seenBy(answer, clears);
    if (!answer.result.written) return 'refused';
    return now !== undefined && this.#unchanged(payload, record, now) ? 'kept' : 'overtaken';
  }

  /**
   * As `keep`, for an entry that was there already: its tags say by themselves what an invalidation of one of them means.
   * The new version, if it was still the one that was read, and of the same epoch.
   */
  async rewrite(
    item: Write<P> & { readonly when: Condition },
    record: P,
    budget: Budget,
  ): Promise<Version | undefined> {
    const { clears } = this.#record;
    const answer = await this.#coalescer.writeSeeing(item, this.#record.key, budget.wait());
    const now = this.#seenBy(answer, clears);
    const { result } = answer;
    return result.written && now !== undefined && this.#format.sameEpoch(record, now)
      ? result.version
      : undefined;
  }

  /**
   * Gives an entry another version and nothing else, so that whoever is about to replace the one that was read does not.
   * The new one, if it was still the one that was read.
   * @param hint whether it is part of a load
   */
  async restamp(
    key: string,
    { payload, version }: Stored<P>,
    record: P,
    budget: Budget,
    hint?: Pick<Write<P>, 'invalidates'>,
  ): Promise<Version | undefined> {
    const left = this.#format.keptUntil(payload) - this.#clock.now();
    const slidingMs = this.#format.slidingMs(payload);
    const lifeMs = slidingMs > 0 ? Math.min(slidingMs, left) : left;
    const ttlMs = lifeMs === Number.POSITIVE_INFINITY ? null : Math.max(1, Math.ceil(lifeMs));
    const item = { key, payload: this.#format.copy(payload), ttlMs, when: { version }, ...hint };
    return await this.rewrite(item, record, budget);
  }

  async #putTags(
    payload: P,
    tags: readonly string[],
    record: P,
    budget: Budget,
  ): Promise<readonly Uint8Array[]> {
    const keptUntil = this.#format.keptUntil(payload);
    const generations = await this.#markers.generations(tags, record, keptUntil, budget);
    this.#format.setGenerations(payload, generations);
    return generations;
  }

  /** Whether nothing that concerns an entry was invalidated since a record: tags do not concern one without. */
  #unchanged(payload: P, record: P, now: P): boolean {
    if (this.#format.tagCount(payload) > 0) return this.#record.same(record, now);
    return this.#format.sameEpoch(record, now);
  }

  #writeSeeing(
    key: string,
    payload: P,
    ttlMs: number | null,
    when: Condition | undefined,
    budget: Budget,
  ): Promise<WriteAnswer<P>> {
    const item = when === undefined ? { key, payload, ttlMs } : { key, payload, ttlMs, when };
    return this.#coalescer.writeSeeing(item, this.#record.key, budget.wait());
  }

  /** The record that a write saw. @throws Failure when something was written, but whether it counts is not known */
  #seenBy({ result, record }: WriteAnswer<P>, clears: number): P | undefined {
    if (record.ok) {
      this.#breaker.succeeded();
      return this.#record.remember(record.value, clears);
    }
    if (result.written) throw { ...record.error, outcome: 'unknown' } satisfies Failure;
    return undefined;
  }
}
