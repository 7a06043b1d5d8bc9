import { bytesToHex } from '@noble/hashes/utils.js';
import type { Clock } from '../clock.ts';
import { bytesCodec } from '../codec/bytes.ts';
import type { Stored, Version, Write } from '../contract/adapter.ts';
import type { EntryFormat } from '../entry/entry.ts';
import { ownHead } from '../entry/own-head.ts';
import { newEpoch } from '../identity.ts';
import type { Budget } from './budget.ts';
import type { Coalescer } from './coalescer.ts';
import { conditionFor } from './condition.ts';

const NOTHING = new Uint8Array(0);

/**
 * The record of a namespace: a random epoch, under which entries count, and a sequence, which says when tags were
 * invalidated. As last seen it is a guess that every step checks.
 */
export class NamespaceRecord<P> {
  readonly key: string;
  readonly #format: EntryFormat<P>;
  readonly #coalescer: Coalescer<P>;
  readonly #clock: Clock;
  #seen: Stored<P> | undefined;
  #clears = 0;

  constructor(key: string, format: EntryFormat<P>, coalescer: Coalescer<P>, clock: Clock) {
    this.key = key;
    this.#format = format;
    this.#coalescer = coalescer;
    this.#clock = clock;
  }

  /** As last seen. */
  get seen(): P | undefined {
    return this.#seen?.payload;
  }

  /** How many `clear` of our own there were: a read takes note of it when it is made. */
  get clears(): number {
    return this.#clears;
  }

  /** The record of a read, unless it is none that we know. @param clears as it was when the read was made */
  remember(stored: Stored<P> | undefined, clears: number): P | undefined {
    if (stored === undefined || !this.#format.recognizes(stored.payload)) return undefined;
    if (clears === this.#clears) this.#seen = stored;
    return stored.payload;
  }

  /** The record as it is on the server, made if there is none. */
  async learn(budget: Budget): Promise<P> {
    for (let round = 0; ; round += 1) {
      const known = await this.#read(budget);
      if (known.record !== undefined) return known.record;
      const payload = this.#make(0);
      // Where none is, nothing of this namespace counts: there is nothing that a new one could invalidate.
      const made = { when: conditionFor(known.stored, round), invalidates: false } as const;
      const version = await this.#write(payload, made, budget);
      if (version !== undefined) return payload;
    }
  }

  /** Puts a new epoch in place, so that nothing written before counts any more. */
  async clear(budget: Budget): Promise<void> {
    const payload = this.#make(0);
    // The guess of calls made after this one, whatever becomes of it. What was read before is older. The version is
    // not known yet: none is ever equal to this one.
    this.#seen = { payload, version: '' };
    this.#clears += 1;
    await this.#coalescer.write({ key: this.key, payload, ttlMs: null, pinned: true }, budget.wait());
  }

  /** Raises the sequence and answers the record that has it. */
  async bump(budget: Budget): Promise<P> {
    for (let round = 0; ; round += 1) {
      const base = round === 0 && this.#seen !== undefined ? this.#seen : await this.#found(budget);
      const payload = this.#format.copy(base.payload);
      // By the clock, so that a sequence is not given twice when a failover has lost the last ones.
      const now = Math.floor(this.#clock.now() * 1000);
      this.#format.setSequence(payload, Math.max(this.#format.sequence(base.payload) + 1, now));
      if ((await this.#write(payload, { when: { version: base.version } }, budget)) !== undefined)
        return payload;
    }
  }

  /** The epoch of a record, in hexadecimal. */
  epochText(record: P): string {
    return bytesToHex(this.#format.head(record).epoch);
  }

  /** Whether two are one: nothing was invalidated in between. */
  same(one: P, other: P): boolean {
    return sameRecord(this.#format, one, other);
  }

  async #found(budget: Budget): Promise<Stored<P>> {
    for (;;) {
      const { stored, record } = await this.#read(budget);
      if (stored !== undefined && record !== undefined) return stored;
      await this.learn(budget);
    }
  }

  async #read(
    budget: Budget,
  ): Promise<{ readonly stored: Stored<P> | undefined; readonly record: P | undefined }> {
    const clears = this.#clears;
    const { stored } = await this.#coalescer.read(this.key, undefined, budget.wait());
    return { stored, record: this.remember(stored, clears) };
  }

  async #write(
    payload: P,
    how: Pick<Write<P>, 'when' | 'invalidates'>,
    budget: Budget,
  ): Promise<Version | undefined> {
    const clears = this.#clears;
    const item = { key: this.key, payload, ttlMs: null, pinned: true, ...how };
    const result = await this.#coalescer.write(item, budget.wait());
    if (!result.written) return undefined;
    if (clears === this.#clears) this.#seen = { payload, version: result.version };
    return result.version;
  }

  #make(sequence: number): P {
    const never = Number.POSITIVE_INFINITY;
    const head = ownHead('record', { epoch: newEpoch(), sequence }, this.#clock.now(), never);
    return this.#format.encode(head, NOTHING, bytesCodec);
  }
}

/** Whether two records are one: nothing was invalidated in between. */
export function sameRecord<P>(format: EntryFormat<P>, one: P, other: P): boolean {
  return one === other || (format.sequence(one) === format.sequence(other) && format.sameEpoch(one, other));
}
