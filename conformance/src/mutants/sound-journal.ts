import { CacheError, type Journal, type JournalRecord, type Tenure } from '@cache/core';
import type { JournalHarness } from '../journal-harness.ts';

/** What a place keeps, whoever has it. */
class Place {
  readonly records: Map<number, JournalRecord> = new Map();
  last = 0;
  fence = 0;
  holder: SoundJournal | undefined;
}

/** A journal that outlives its objects: what a journal owes write-behind in the fewest words. What the mutants break. */
export class SoundJournal implements Journal {
  readonly name = 'sound';
  readonly keeps: Journal['keeps'] = 'process';
  readonly place: Place;
  readonly lost: AbortController = new AbortController();
  closed = false;

  constructor(place: Place) {
    this.place = place;
  }

  async claim(): Promise<Tenure> {
    if (this.closed) throw fault('CLOSED');
    if (this.place.holder !== undefined) throw fault('BUSY');
    this.place.holder = this;
    this.place.fence += 1;
    return { fence: this.place.fence, lost: this.lost.signal };
  }

  async append(records: readonly Uint8Array[]): Promise<readonly number[]> {
    this.check();
    return records.map((bytes) => {
      this.place.last += 1;
      this.place.records.set(this.place.last, { sequence: this.place.last, bytes: bytes.slice() });
      return this.place.last;
    });
  }

  async read(after: number, most: number): Promise<readonly JournalRecord[]> {
    if (this.closed) throw fault('CLOSED');
    return [...this.place.records.values()].filter(({ sequence }) => sequence > after).slice(0, most);
  }

  async acknowledge(sequences: readonly number[]): Promise<void> {
    this.check();
    for (const sequence of sequences) this.place.records.delete(sequence);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.place.holder === this) this.place.holder = undefined;
  }

  check(): void {
    if (this.closed) throw fault('CLOSED');
    if (this.place.holder !== this) throw fault('UNAVAILABLE');
  }
}

function fault(code: 'CLOSED' | 'BUSY' | 'UNAVAILABLE'): CacheError {
  return new CacheError(code, `the journal is ${code}`, { retryable: code === 'BUSY' });
}

/** The harness of a journal: sound, or as it was changed. */
export function journalHarnessOf(
  name: string,
  change: (sound: SoundJournal, place: Place) => SoundJournal,
): JournalHarness {
  return {
    name,
    async open() {
      const place = new Place();
      return {
        open: () => change(new SoundJournal(place), place),
        async lapse() {
          place.holder?.lost.abort();
          place.holder = undefined;
        },
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  };
}
