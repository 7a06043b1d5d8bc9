import type { Clock } from '../clock.ts';
import type {
  Condition,
  Limits,
  Stored,
  Version,
  VersionCondition,
  Write,
  WriteResult,
} from '../contract/adapter.ts';
import type { Failure } from '../contract/outcome.ts';
import { ENTRY_KIND, type EntryFormat } from '../entry/entry.ts';
import { otherKey, type ServerKey, valueKey } from '../key.ts';
import type { LocalPart } from '../local/part.ts';
import { TurnTime } from '../turn-time.ts';
import { Breaker } from './breaker.ts';
import { Budget } from './budget.ts';
import type { Coalescer, WriteAnswer } from './coalescer.ts';
import { Markers } from './markers.ts';
import { Order } from './order.ts';
import type { PendingRead } from './pending.ts';
import { NamespaceRecord } from './record.ts';
import { Replicas } from './replicas.ts';
import { TagRounds } from './tag-rounds.ts';

/**
 * What a read found. `dead` is something that every operation takes for absent: of an older epoch, past its life,
 * invalidated by a tag, of another kind or another key's, or not ours. A write over it must name its version.
 */
export type State = 'absent' | 'dead' | 'stale' | 'fresh';

export interface Found<P> {
  readonly state: State;
  readonly stored: Stored<P> | undefined;
  /** The namespace record of the same moment; undefined = there is none. */
  readonly record: P | undefined;
}

const MOST_KNOWN_KEYS = 16_384;
const LONGEST_KNOWN_KEY = 128;

/** An entry that is encoded already, to be written under whatever record holds. Written once: it is changed by that. */
export interface Draft<P> {
  readonly payload: P;
  readonly ttlMs: number | null;
  /** The names of its tags, in the order in which it carries them. */
  readonly tags: readonly string[];
}

/**
 * One namespace on one adapter, or one bucket of it: its keys, its record and its markers. An entry counts only while
 * its epoch is the record's, so `clear` is one write of a new epoch, however many entries there are. Reads fetch the
 * record in the same step. Writes use the record that was last seen and fetch it in the same step too; if it has
 * changed meanwhile, the entry is written again under the new one, on condition that it is still there.
 */
export class Space<P> {
  readonly path: string;
  readonly recordKey: string;
  readonly order: Order;
  readonly record: NamespaceRecord<P>;
  readonly breaker: Breaker;
  /** What replicas hold of it; undefined = none are asked. */
  readonly replicas: Replicas<P> | undefined;
  /** What was heard of it, where there is a local tier. */
  local: LocalPart<P> | undefined;
  readonly #knownKeys: Map<string, ServerKey> = new Map();
  readonly #markers: Markers<P>;
  readonly #tagRounds: TagRounds<P>;
  readonly #format: EntryFormat<P>;
  readonly #coalescer: Coalescer<P>;
  readonly #clock: Clock;
  readonly #wall: TurnTime;
  readonly #limits: Limits;

  constructor(
    path: string,
    format: EntryFormat<P>,
    coalescer: Coalescer<P>,
    clock: Clock,
    limits: Limits,
    patienceMs: number,
    readsReplicas = false,
  ) {
    this.path = path;
    this.recordKey = otherKey(path, 'r', '', limits.maxKeyBytes);
    const record = new NamespaceRecord<P>(this.recordKey, format, coalescer, clock);
    this.record = record;
    this.breaker = new Breaker(clock);
    this.order = new Order(clock, {
      get prepared() {
        return record.seen !== undefined;
      },
      prepare: async (leastMs) => {
        await record.learn(new Budget(clock, Math.max(leastMs, patienceMs), undefined));
      },
    });
    this.#markers = new Markers(path, format, coalescer, clock, limits);
    this.#tagRounds = new TagRounds(record, this.#markers, clock);
    // Of markers of its own: what is remembered under a record that is behind must not serve under the one that holds.
    this.replicas = readsReplicas
      ? new Replicas(this, new Markers(path, format, coalescer, clock, limits), coalescer, clock)
      : undefined;
    this.#format = format;
    this.#coalescer = coalescer;
    this.#clock = clock;
    this.#wall = new TurnTime(clock, 'now');
    this.#limits = limits;
  }

  key(key: string): ServerKey {
    return valueKey(this.path, key, this.#limits.maxKeyBytes);
  }

  /** As `key`, for keys that come again: a text that was looked up before has its hash. */
  knownKey(key: string): ServerKey {
    if (key.length > LONGEST_KNOWN_KEY) return this.key(key);
    let known = this.#knownKeys.get(key);
    if (known === undefined) {
      known = this.key(key);
      if (this.#knownKeys.size >= MOST_KNOWN_KEYS) this.#knownKeys.clear();
      this.#knownKeys.set(key, known);
    }
    return known;
  }

  /**
   * What a stored payload is worth under the record of the same moment; undefined = its tags must be read to know, by
   * `settle`.
   */
  stateOf(
    serverKey: ServerKey,
    key: string,
    payload: P | undefined,
    record: P | undefined,
    markers: Markers<P> = this.#markers,
  ): State | undefined {
    if (payload === undefined) return 'absent';
    const format = this.#format;
    if (!format.recognizes(payload) || format.kind(payload) !== ENTRY_KIND.value) return 'dead';
    if (record === undefined || !format.recognizes(record) || !format.sameEpoch(payload, record))
      return 'dead';
    if (serverKey.hashed && format.hashedKey(payload) !== key) return 'dead';
    const state = this.#stateNow(payload);
    if (state === 'dead' || format.tagCount(payload) === 0) return state;
    const verdict = markers.judge(payload, record);
    return verdict === 'unknown' ? undefined : this.#judged(state, payload, verdict);
  }

  /** The state of an entry whose tags are not known yet. One round trip. */
  async settle(payload: P, record: P, budget: Budget, markers: Markers<P> = this.#markers): Promise<State> {
    const verdict = await markers.settle(payload, record, budget);
    return this.#judged(this.#stateNow(payload), payload, verdict);
  }

  find(serverKey: ServerKey, key: string, budget: Budget): Promise<Found<P>> {
    return new Promise((resolve, reject) => this.#seek(serverKey, key, budget, resolve, reject));
  }

  /**
   * Removes whatever is under the key, lease or dead entry included: whether something was there, and what, unless it
   * could not be read. One round trip, the read first. Without a promise a step, since it is done for many keys at once.
   */
  take(
    serverKey: ServerKey,
    key: string,
    budget: Budget,
  ): Promise<{ readonly removed: boolean; readonly found: Found<P> | undefined }> {
    return new Promise((resolve, reject) => {
      let found: Found<P> | undefined;
      let removed: boolean | undefined;
      let sought = false;
      const answer = (): void => {
        if (sought && removed !== undefined) resolve({ removed, found });
      };
      const seen = (what: Found<P> | undefined): void => {
        found = what;
        sought = true;
        answer();
      };
      this.#seek(serverKey, key, budget, seen, () => seen(undefined));
      const gone = (was: boolean): void => {
        removed = was;
        answer();
      };
      this.#coalescer.submitRemoval({ key: serverKey.text }, budget.wait(), gone, reject);
    });
  }

  /** Writes a new value so that it counts under the record as it is when this resolves. */
  async write(
    key: string,
    draft: Draft<P>,
    when: Condition | undefined,
    budget: Budget,
  ): Promise<WriteResult> {
    let record = this.record.seen ?? (await this.record.learn(budget));
    let { payload } = draft;
    let condition = when;
    let written: WriteResult | undefined;
    try {
      for (;;) {
        // Not awaited where there is nothing to wait for: the first step comes before anything that is called later.
        const putting = this.put(payload, draft.tags, record, budget);
        if (putting !== undefined) await putting;
        const { clears } = this.record;
        const answer = await this.#writeSeeing(key, payload, draft.ttlMs, condition, budget);
        const { result } = answer;
        const now = this.#seenBy(answer, clears);
        // Refused at a later turn of the loop: somebody wrote or removed after us. We had written before that, but what
        // we wrote never counted, so a condition that was to hold for it did not.
        if (!result.written) return when === undefined ? (written ?? result) : result;
        if (now !== undefined && this.#unchanged(payload, record, now)) return result;
        written = result;
        record = now ?? (await this.record.learn(budget));
        condition = { version: result.version };
        payload = this.#format.copy(payload);
      }
    } catch (failure) {
      // What was there before is gone by then, whether or not the new value counts.
      throw written === undefined ? failure : { ...(failure as Failure), outcome: 'unknown' };
    }
  }

  /** The key of a lease beside a value that may still serve. */
  leaseKey({ text }: ServerKey): string {
    return otherKey(this.path, 'l', text.slice(this.path.length), this.#limits.maxKeyBytes);
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

  /** The generations of tags, for an entry that is to live until an instant: their markers live as long. */
  generations(
    tags: readonly string[],
    record: P,
    keptUntil: number,
    budget: Budget,
  ): Promise<readonly Uint8Array[]> {
    return this.#markers.generations(tags, record, keptUntil, budget);
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
  ): Promise<'kept' | 'overtaken' | 'refused'> {
    const { clears } = this.record;
    const item = { key, payload, ttlMs, when, invalidates: false } as const;
    const answer = await this.#coalescer.writeSeeing(item, this.recordKey, budget.wait());
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
    const { clears } = this.record;
    const answer = await this.#coalescer.writeSeeing(item, this.recordKey, budget.wait());
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

  /** Removes whatever is under the key, lease or dead entry included; whether something was there. */
  async remove(key: string, when: VersionCondition | undefined, budget: Budget): Promise<boolean> {
    return await this.#coalescer.remove(when === undefined ? { key } : { key, when }, budget.wait());
  }

  /** The server keys of the markers of an entry's tags. */
  markerKeys(payload: P): string[] {
    return this.#markers.keysOf(payload);
  }

  /** Invalidates tags, at a cost that does not depend on how many entries have them. */
  invalidateTags(marks: Parameters<TagRounds<P>['invalidate']>[0], budget: Budget): Promise<void> {
    return this.#tagRounds.invalidate(marks, budget);
  }

  /** Answers by a call, without a promise unless tags must be read. */
  #seek(
    serverKey: ServerKey,
    key: string,
    budget: Budget,
    done: (found: Found<P>) => void,
    fail: (failure: Failure) => void,
  ): void {
    const { clears } = this.record;
    const { timeoutMs, signal } = budget.wait();
    const answer = (stored: Stored<P> | undefined, recordStored: Stored<P> | undefined): void => {
      this.breaker.succeeded();
      const record = this.record.remember(recordStored, clears);
      const state = this.stateOf(serverKey, key, stored?.payload, record);
      if (state !== undefined || stored === undefined || record === undefined) {
        done({ state: state ?? 'dead', stored, record });
        return;
      }
      this.settle(stored.payload, record, budget).then(
        (settled) => done({ state: settled, stored, record }),
        fail,
      );
    };
    const read: PendingRead<P> = {
      key: serverKey.text,
      record: this.recordKey,
      mayLag: false,
      timeoutMs,
      deadline: undefined,
      settled: false,
      sent: false,
      release: undefined,
      done: answer,
      fail,
    };
    this.#coalescer.submitRead(read, signal);
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
    if (this.#format.tagCount(payload) > 0) return this.record.same(record, now);
    return this.#format.sameEpoch(record, now);
  }

  #stateNow(payload: P): State {
    const now = this.#wall.now();
    if (now < this.#format.freshUntil(payload)) return 'fresh';
    return now < this.#format.keptUntil(payload) ? 'stale' : 'dead';
  }

  #judged(state: State, payload: P, verdict: 'valid' | 'expired' | 'deleted'): State {
    if (verdict === 'valid') return state;
    // An entry without grace has none when it is made stale, either.
    const graced = this.#format.keptUntil(payload) > this.#format.freshUntil(payload);
    return verdict === 'expired' && graced ? 'stale' : 'dead';
  }

  #writeSeeing(
    key: string,
    payload: P,
    ttlMs: number | null,
    when: Condition | undefined,
    budget: Budget,
  ): Promise<WriteAnswer<P>> {
    const item = when === undefined ? { key, payload, ttlMs } : { key, payload, ttlMs, when };
    return this.#coalescer.writeSeeing(item, this.recordKey, budget.wait());
  }

  /** The record that a write saw. @throws Failure when something was written, but whether it counts is not known */
  #seenBy({ result, record }: WriteAnswer<P>, clears: number): P | undefined {
    if (record.ok) {
      this.breaker.succeeded();
      return this.record.remember(record.value, clears);
    }
    if (result.written) throw { ...record.error, outcome: 'unknown' } satisfies Failure;
    return undefined;
  }
}
