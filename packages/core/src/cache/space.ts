import type { Clock } from '../clock.ts';
import type { Limits, Stored, VersionCondition } from '../contract/adapter.ts';
import type { Failure } from '../contract/outcome.ts';
import type { EntryFormat } from '../entry/entry.ts';
import { otherKey, type ServerKey, valueKey } from '../key.ts';
import type { LocalPart } from '../local/part.ts';
import { Breaker } from './breaker.ts';
import { Budget } from './budget.ts';
import type { Coalescer } from './coalescer.ts';
import { Entries } from './entries.ts';
import { Markers } from './markers.ts';
import { Order } from './order.ts';
import type { PendingRead } from './pending.ts';
import { NamespaceRecord } from './record.ts';
import { Replicas } from './replicas.ts';
import { TagRounds } from './tag-rounds.ts';
import { type State, Worth } from './worth.ts';

/** What a read found. */
export interface Found<P> {
  readonly state: State;
  readonly stored: Stored<P> | undefined;
  /** The namespace record of the same moment; undefined = there is none. */
  readonly record: P | undefined;
}

const MOST_KNOWN_KEYS = 16_384;
const LONGEST_KNOWN_KEY = 128;

/**
 * One namespace on one adapter, or one bucket of it: its keys, its record, its markers and its entries. An entry counts
 * only while its epoch is the record's, so `clear` is one write of a new epoch, however many entries there are. Reads
 * fetch the record in the same step.
 */
export class Space<P> {
  readonly path: string;
  readonly recordKey: string;
  readonly order: Order;
  readonly record: NamespaceRecord<P>;
  readonly breaker: Breaker;
  readonly worth: Worth<P>;
  readonly entries: Entries<P>;
  /** What replicas hold of it; undefined = none are asked. */
  readonly replicas: Replicas<P> | undefined;
  /** What was heard of it, where there is a local tier. */
  local: LocalPart<P> | undefined;
  readonly #knownKeys: Map<string, ServerKey> = new Map();
  readonly #markers: Markers<P>;
  readonly #tagRounds: TagRounds<P>;
  readonly #coalescer: Coalescer<P>;
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
    const markers = (): Markers<P> => new Markers(path, format, coalescer, clock, limits);
    this.#markers = markers();
    this.worth = new Worth(format, this.#markers, clock);
    this.entries = new Entries(record, this.#markers, format, coalescer, clock, this.breaker);
    this.#tagRounds = new TagRounds(record, this.#markers, clock);
    // Of markers of its own: what is remembered under a record that is behind must not serve under the one that holds.
    this.replicas = readsReplicas
      ? new Replicas(this.recordKey, this.order, new Worth(format, markers(), clock), coalescer, clock)
      : undefined;
    this.#coalescer = coalescer;
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

  /** The key of a lease beside a value that may still serve. */
  leaseKey({ text }: ServerKey): string {
    return otherKey(this.path, 'l', text.slice(this.path.length), this.#limits.maxKeyBytes);
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
      const state = this.worth.stateOf(serverKey, key, stored?.payload, record);
      if (state !== undefined || stored === undefined || record === undefined) {
        done({ state: state ?? 'dead', stored, record });
        return;
      }
      this.worth
        .settle(stored.payload, record, budget)
        .then((settled) => done({ state: settled, stored, record }), fail);
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
}
