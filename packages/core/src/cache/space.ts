import { bytesToHex } from '@noble/hashes/utils.js';
import type { Clock } from '../clock.ts';
import { bytesCodec } from '../codec/bytes.ts';
import type { Condition, Limits, Stored, VersionCondition, WriteResult } from '../contract/adapter.ts';
import type { Failure } from '../contract/outcome.ts';
import { ENTRY_KIND, type EntryFormat, type EntryHead } from '../entry/entry.ts';
import { newEpoch } from '../identity.ts';
import { otherKey, type ServerKey, valueKey } from '../key.ts';
import type { Budget } from './budget.ts';
import type { Coalescer } from './coalescer.ts';
import { Opening } from './opening.ts';

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
  /** The record as last seen: a guess that every step checks. */
  #record: P | undefined;
  #opening: Opening<P> | undefined;

  constructor(path: string, format: EntryFormat<P>, coalescer: Coalescer<P>, clock: Clock, limits: Limits) {
    this.path = path;
    this.recordKey = otherKey(path, 'r', '', limits.maxKeyBytes);
    this.#format = format;
    this.#coalescer = coalescer;
    this.#clock = clock;
    this.#limits = limits;
  }

  key(key: string): ServerKey {
    return valueKey(this.path, key, this.#limits.maxKeyBytes);
  }

  /** The first write of a namespace has to learn its record; calls made after it queue, to keep their order. */
  get opening(): Opening<P> | undefined {
    if (this.#opening?.over) this.#opening = undefined;
    return this.#opening;
  }

  /** What a stored payload is worth under the record of the same moment. */
  stateOf(serverKey: ServerKey, key: string, stored: Stored<P> | undefined, record: P | undefined): State {
    if (stored === undefined) return 'absent';
    const format = this.#format;
    const { payload } = stored;
    if (!format.recognizes(payload) || format.kind(payload) !== ENTRY_KIND.value) return 'dead';
    if (record === undefined || !format.recognizes(record) || !format.sameEpoch(payload, record))
      return 'dead';
    if (serverKey.hashed && format.hashedKey(payload) !== key) return 'dead';
    const now = this.#clock.now();
    if (now < format.freshUntil(payload)) return 'fresh';
    return now < format.keptUntil(payload) ? 'stale' : 'dead';
  }

  async find(serverKey: ServerKey, key: string, budget: Budget): Promise<Found<P>> {
    if (this.opening !== undefined) await this.#open(budget);
    const answer = await this.#coalescer.read(serverKey.text, this.recordKey, budget.wait());
    const record = this.remember(answer.record);
    return { state: this.stateOf(serverKey, key, answer.stored, record), stored: answer.stored, record };
  }

  /** Writes a new value so that it counts under the record as it is when this resolves. */
  async write(
    key: string,
    draft: Draft<P>,
    when: Condition | undefined,
    budget: Budget,
  ): Promise<WriteResult> {
    // When it is this call's turn, a `clear` made before it may have gone on and put another record in place.
    if (this.opening !== undefined || this.#record === undefined) await this.#open(budget);
    let record = this.#record ?? (await this.#open(budget));
    let { payload } = draft;
    let condition = when;
    let written: WriteResult | undefined;
    try {
      for (;;) {
        this.#format.adopt(payload, record);
        const [result, now] = await this.#writeSeeingRecord(key, payload, draft.ttlMs, condition, budget);
        // Refused at a later turn of the loop: somebody wrote or removed after us, and we had written before that.
        if (!result.written) return written ?? result;
        if (now !== undefined && this.#format.sameEpoch(payload, now)) return result;
        written = result;
        record = now ?? (await this.#open(budget));
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
    const [result, now] = await this.#writeSeeingRecord(key, draft.payload, draft.ttlMs, when, budget);
    return result.written && now !== undefined && this.#format.sameEpoch(draft.payload, now);
  }

  /** Removes whatever is under the key, lease or dead entry included; whether something was there. */
  async remove(key: string, when: VersionCondition | undefined, budget: Budget): Promise<boolean> {
    if (this.opening !== undefined) await this.#open(budget);
    return await this.#coalescer.remove(when === undefined ? { key } : { key, when }, budget.wait());
  }

  /** The record, made if there is none. */
  async record(budget: Budget): Promise<P> {
    if (this.opening !== undefined) await this.#open(budget);
    const { stored } = await this.#coalescer.read(this.recordKey, undefined, budget.wait());
    return this.remember(stored) ?? (await this.#open(budget));
  }

  /** Puts a new epoch in place, so that nothing written before counts any more. */
  async clear(budget: Budget): Promise<void> {
    if (this.opening !== undefined) await this.#open(budget);
    const payload = this.#newRecord();
    // The guess of calls made after this one, whatever becomes of it.
    this.#record = payload;
    await this.#coalescer.write({ key: this.recordKey, payload, ttlMs: null }, budget.wait());
  }

  /** The epoch of a record, in hexadecimal. */
  epochText(record: P): string {
    return bytesToHex(this.#format.head(record).epoch);
  }

  /** The record of a read, unless it is none that we know. */
  remember(stored: Stored<P> | undefined): P | undefined {
    if (stored === undefined || !this.#format.recognizes(stored.payload)) return undefined;
    this.#record = stored.payload;
    return stored.payload;
  }

  async #writeSeeingRecord(
    key: string,
    payload: P,
    ttlMs: number | null,
    when: Condition | undefined,
    budget: Budget,
  ): Promise<[WriteResult, P | undefined]> {
    const wait = budget.wait();
    const write = this.#coalescer.write(
      when === undefined ? { key, payload, ttlMs } : { key, payload, ttlMs, when },
      wait,
    );
    const read = this.#coalescer.read(this.recordKey, undefined, wait).catch(unverified);
    const [result, answer] = await Promise.all([write, read]);
    if (result.written && 'error' in answer) throw answer.error;
    return [result, 'error' in answer ? undefined : this.remember(answer.stored)];
  }

  /** Learns the record or makes one. Whoever asks meanwhile queues for the same answer. */
  #open(budget: Budget): Promise<P> {
    if (this.opening === undefined) this.#opening = new Opening(this.#learnRecord(budget), this.#clock);
    return (this.#opening as Opening<P>).turn(budget.wait());
  }

  async #learnRecord(budget: Budget): Promise<P> {
    for (;;) {
      const { stored } = await this.#coalescer.read(this.recordKey, undefined, budget.wait());
      const known = this.remember(stored);
      if (known !== undefined) return known;
      const payload = this.#newRecord();
      const when: Condition = stored === undefined ? 'absent' : { version: stored.version };
      const item = { key: this.recordKey, payload, ttlMs: null, when };
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

/** The write came about, but whether it counts is not known. */
function unverified(failure: Failure): { readonly error: Failure } {
  return { error: { ...failure, outcome: 'unknown' } };
}
