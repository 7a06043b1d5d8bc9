import type { Call, Stored } from '../contract/adapter.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Store } from '../local/telling.ts';
import { answered } from './answered.ts';
import { Asked } from './asked.ts';
import { type PendingRead, settle, settleFailed, untakeable } from './pending.ts';

/** What a read of the adapter answered for one key. */
export type ReadOutcome<P> = Outcome<Stored<P> | undefined>;

/** Reads that leave as one call, each key once, and who gets which of its answers. */
export class Inquiry<P> {
  readonly #reads: readonly PendingRead<P>[];
  readonly #asked: Asked = new Asked();
  /** By read, the place of its key. */
  readonly #owns: number[] = [];
  /** By read, the place of its record. */
  readonly #seen: number[] = [];

  constructor(reads: readonly PendingRead<P>[]) {
    this.#reads = reads;
    for (const { key, record } of reads) {
      this.#owns.push(this.#asked.place(key));
      this.#seen.push(this.#asked.placeOfRecord(record));
    }
  }

  /** Where the answer will be for a record that somebody else wants to see as well. */
  placeOfRecord(record: string | undefined): number {
    return this.#asked.placeOfRecord(record);
  }

  /** undefined = there is nothing to ask. */
  send(store: Store<P>, call: Call): Promise<ReadOutcome<P>[]> | undefined {
    const { keys } = this.#asked;
    return keys.length === 0 ? undefined : answered(keys.length, 'read', () => store.read(keys, call));
  }

  deliver(outcomes: readonly ReadOutcome<P>[]): void {
    const reads = this.#reads;
    for (let index = 0; index < reads.length; index += 1) {
      const read = reads[index] as PendingRead<P>;
      const own = outcomes[this.#owns[index] as number] as ReadOutcome<P>;
      const record = outcomes[this.#seen[index] as number];
      if (!own.ok) settleFailed(read, own.error);
      else if (record?.ok === false) settleFailed(read, record.error);
      else if (settle(read)) {
        try {
          read.done(own.value, record?.value);
        } catch (error) {
          untakeable(read, error);
        }
      }
    }
  }
}
