import { bytesToHex } from '@noble/hashes/utils.js';
import type { Clock } from '../clock.ts';
import { bytesCodec } from '../codec/bytes.ts';
import type { Condition, Limits, Stored, VersionCondition, WriteResult } from '../contract/adapter.ts';
import type { Failure } from '../contract/outcome.ts';
import { ENTRY_KIND, type EntryFormat, type EntryHead } from '../entry/entry.ts';
import { newEpoch } from '../identity.ts';
import { otherKey, type ServerKey, valueKey } from '../key.ts';
import { Budget } from './budget.ts';
import type { Coalescer, WriteAnswer } from './coalescer.ts';
import { Gate } from './gate.ts';

/**
 * What a read found. `dead` is something that every operation takes for absent: of an older epoch, past its life, of
 * another kind or another key's, or not ours. A write over it must name its version.
 */
export type State = 'absent' | 'dead' | 'stale' | 'fresh';

export interface Found<P> {
  readonly state: State;
  readonly stored: Stored<P> | undefined;
  /** The namespace record of the same moment; undefined = there is none. */
  readonly record: P | undefined;
}

/** An entry that is encoded already, to be written under whatever epoch holds. Written once: it is changed by that. */
export interface Draft<P> {
  readonly payload: P;
  readonly ttlMs: number | null;
}

const NOTHING = new Uint8Array(0);

const MOST_KNOWN_KEYS = 4096;
const LONGEST_KNOWN_KEY = 128;

/** How often others may come and go in between before that is not believed any more. */
const MOST_CONTRADICTIONS = 50;

/**
 * One namespace on one adapter: its keys, and its record. The record holds a random epoch; an entry counts only while
 * its epoch is the record's, so `clear` is one write of a new epoch, however many entries there are. Reads fetch the
 * record in the same step. Writes use the epoch that was last seen and fetch the record in the same step too; if it
 * has changed meanwhile, the entry gets the new epoch, on condition that it is still there.
 */
export class Space<P> {
  readonly path: string;
  readonly recordKey: string;
  readonly #format: EntryFormat<P>;
  readonly #coalescer: Coalescer<P>;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #patienceMs: number;
  /** The record as last seen: a guess that every step checks. */
  #record: P | undefined;
  #clears = 0;
  /** While the record is being learned, for the first write. */
  #opening: Gate | undefined;
  /** By key, while a call of several steps is under way. */
  readonly #lanes: Map<string, Gate> = new Map();
  readonly #knownKeys: Map<string, ServerKey> = new Map();

  constructor(
    path: string,
    format: EntryFormat<P>,
    coalescer: Coalescer<P>,
    clock: Clock,
    limits: Limits,
    patienceMs: number,
  ) {
    this.path = path;
    this.recordKey = otherKey(path, 'r', '', limits.maxKeyBytes);
    this.#format = format;
    this.#coalescer = coalescer;
    this.#clock = clock;
    this.#limits = limits;
    this.#patienceMs = patienceMs;
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

  /** What a call on a key has to wait for, so that calls on one key take effect in their order. */
  gate(key: string | undefined): Gate | undefined {
    // The lane comes first: whoever waits in it has yet to wait for the record, and must not be overtaken there.
    const lane = key === undefined || this.#lanes.size === 0 ? undefined : this.#lanes.get(key);
    return lane ?? this.#opening;
  }

  /**
   * Begins a call when it is its turn: at once, or behind what it has to wait for. `begin` does its first step before
   * it gives way.
   * @param key undefined = a call on the whole namespace
   * @param needs whether the record must be known before it begins
   */
  enter<T>(
    key: string | undefined,
    needs: 'record' | 'nothing',
    budget: Budget,
    begin: () => Promise<T>,
  ): Promise<T> {
    const unknown = needs === 'record' && this.#record === undefined;
    const gate = this.gate(key) ?? (unknown ? this.#open(budget.wait().timeoutMs) : undefined);
    if (gate === undefined) return begin();
    return new Promise((resolve, reject) => {
      const go = (): void => {
        this.enter(key, needs, budget, begin).then(resolve, reject);
      };
      gate.add(budget.wait(), go, reject);
    });
  }

  /** As `enter`, for a call of several steps: whatever is called on its key meanwhile waits for its end. */
  alone<T>(key: string, needs: 'record' | 'nothing', budget: Budget, begin: () => Promise<T>): Promise<T> {
    return this.enter(key, needs, budget, () => {
      const gate = new Gate(this.#clock);
      this.#lanes.set(key, gate);
      const leave = (): void => {
        this.#lanes.delete(key);
        gate.open();
      };
      const running = begin();
      running.then(leave, leave);
      return running;
    });
  }

  /** What a stored payload is worth under the record of the same moment. */
  stateOf(serverKey: ServerKey, key: string, payload: P | undefined, record: P | undefined): State {
    if (payload === undefined) return 'absent';
    const format = this.#format;
    if (!format.recognizes(payload) || format.kind(payload) !== ENTRY_KIND.value) return 'dead';
    if (record === undefined || !format.recognizes(record) || !format.sameEpoch(payload, record))
      return 'dead';
    if (serverKey.hashed && format.hashedKey(payload) !== key) return 'dead';
    const now = this.#clock.now();
    if (now < format.freshUntil(payload)) return 'fresh';
    return now < format.keptUntil(payload) ? 'stale' : 'dead';
  }

  async find(serverKey: ServerKey, key: string, budget: Budget): Promise<Found<P>> {
    const clears = this.#clears;
    const answer = await this.#coalescer.read(serverKey.text, this.recordKey, budget.wait());
    const record = this.remember(answer.record, clears);
    return {
      state: this.stateOf(serverKey, key, answer.stored?.payload, record),
      stored: answer.stored,
      record,
    };
  }

  /** Writes a new value so that it counts under the record as it is when this resolves. */
  async write(
    key: string,
    draft: Draft<P>,
    when: Condition | undefined,
    budget: Budget,
  ): Promise<WriteResult> {
    let record = this.#record ?? (await this.#learn(budget));
    let { payload } = draft;
    let condition = when;
    let written: WriteResult | undefined;
    try {
      for (;;) {
        this.#format.adopt(payload, record);
        const clears = this.#clears;
        const answer = await this.#writeSeeing(key, payload, draft.ttlMs, condition, budget);
        const { result } = answer;
        const now = this.#seenBy(answer, clears);
        // Refused at a later turn of the loop: somebody wrote or removed after us. We had written before that, but what
        // we wrote never counted, so a condition that was to hold for it did not.
        if (!result.written) return when === undefined ? (written ?? result) : result;
        if (now !== undefined && this.#format.sameEpoch(payload, now)) return result;
        written = result;
        record = now ?? (await this.#learn(budget));
        condition = { version: result.version };
        payload = this.#format.copy(payload);
      }
    } catch (failure) {
      // What was there before is gone by then, whether or not the new value counts.
      throw written === undefined ? failure : { ...(failure as Failure), outcome: 'unknown' };
    }
  }

  /**
   * Writes a value that was read or loaded under `record`, and never brings it under another: an invalidation of the
   * namespace may lie between. Whether it was written and counts.
   */
  async keep(key: string, draft: Draft<P>, record: P, when: Condition, budget: Budget): Promise<boolean> {
    this.#format.adopt(draft.payload, record);
    const clears = this.#clears;
    const answer = await this.#writeSeeing(key, draft.payload, draft.ttlMs, when, budget);
    const now = this.#seenBy(answer, clears);
    return answer.result.written && now !== undefined && this.#format.sameEpoch(draft.payload, now);
  }

  /** Removes whatever is under the key, lease or dead entry included; whether something was there. */
  async remove(key: string, when: VersionCondition | undefined, budget: Budget): Promise<boolean> {
    return await this.#coalescer.remove(when === undefined ? { key } : { key, when }, budget.wait());
  }

  /** The record, made if there is none. */
  async record(budget: Budget): Promise<P> {
    const clears = this.#clears;
    const { stored } = await this.#coalescer.read(this.recordKey, undefined, budget.wait());
    return this.remember(stored, clears) ?? (await this.#learn(budget));
  }

  /** Puts a new epoch in place, so that nothing written before counts any more. */
  async clear(budget: Budget): Promise<void> {
    const payload = this.#newRecord();
    // The guess of calls made after this one, whatever becomes of it. What was read before is older.
    this.#record = payload;
    this.#clears += 1;
    await this.#coalescer.write({ key: this.recordKey, payload, ttlMs: null, pinned: true }, budget.wait());
  }

  /** The epoch of a record, in hexadecimal. */
  epochText(record: P): string {
    return bytesToHex(this.#format.head(record).epoch);
  }

  /** How many `clear` of our own there were: a read takes note of it when it is made. */
  get clears(): number {
    return this.#clears;
  }

  /** The record of a read, unless it is none that we know. @param clears as it was when the read was made */
  remember(stored: Stored<P> | undefined, clears: number): P | undefined {
    if (stored === undefined || !this.#format.recognizes(stored.payload)) return undefined;
    if (clears === this.#clears) this.#record = stored.payload;
    return stored.payload;
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
    if (record.ok) return this.remember(record.value, clears);
    if (result.written) throw { ...record.error, outcome: 'unknown' } satisfies Failure;
    return undefined;
  }

  /** Learns the record once for all who wait: one impatient caller does not decide for the others. */
  #open(timeoutMs: number): Gate {
    const gate = new Gate(this.#clock);
    this.#opening = gate;
    const end = (tell: () => void): void => {
      this.#opening = undefined;
      tell();
    };
    this.#learn(new Budget(this.#clock, Math.max(timeoutMs, this.#patienceMs), undefined)).then(
      () => end(() => gate.open()),
      (failure: Failure) => end(() => gate.refuse(failure)),
    );
    return gate;
  }

  /** The record as it is on the server, made if there is none. */
  async #learn(budget: Budget): Promise<P> {
    for (let round = 0; ; round += 1) {
      const clears = this.#clears;
      const { stored } = await this.#coalescer.read(this.recordKey, undefined, budget.wait());
      const known = this.remember(stored, clears);
      if (known !== undefined) return known;
      const payload = this.#newRecord();
      const when = conditionFor(stored, round);
      const item = { key: this.recordKey, payload, ttlMs: null, pinned: true, when };
      if ((await this.#coalescer.write(item, budget.wait())).written) {
        this.#record = payload;
        return payload;
      }
    }
  }

  #newRecord(): P {
    const never = Number.POSITIVE_INFINITY;
    const head: EntryHead = {
      kind: 'record',
      createdAt: this.#clock.now(),
      freshUntil: never,
      keptUntil: never,
      slidingMs: 0,
      epoch: newEpoch(),
      sequence: 0,
      loadMs: 0,
      tags: [],
      hashedKey: undefined,
      validators: undefined,
    };
    return this.#format.encode(head, NOTHING, bytesCodec);
  }
}

/**
 * The condition of a write over what was read: nothing, or exactly this.
 * @throws Failure `WRONG_TYPE` when writes are refused again and again although nothing is found
 */
export function conditionFor<P>(stored: Stored<P> | undefined, round: number): Condition {
  if (stored !== undefined) return { version: stored.version };
  if (round < MOST_CONTRADICTIONS) return 'absent';
  const message = 'the key is taken by something that cannot be read, such as another kind of data';
  throw { code: 'WRONG_TYPE', message, retryable: false, outcome: 'not-applied' } satisfies Failure;
}
