import type { Journal } from '../../contract/journal.ts';

/** A record on its way into the journal. Exactly one of its functions is called, once. */
export interface Entry {
  readonly bytes: Uint8Array;
  kept(sequence: number): void;
  lost(error: unknown): void;
}

/** Records in one commit at most. */
const MOST_RECORDS = 1000;

/** Group commit: what is asked for while one commit is under way goes into the next one, together and in order. */
export class Appender {
  readonly #journal: Pick<Journal, 'append'>;
  readonly #onCommit: () => void;
  #waiting: Entry[] = [];
  #running: Promise<void> | undefined;
  #stopped: Error | undefined;

  /** @param onCommit called when all of a commit were told */
  constructor(journal: Pick<Journal, 'append'>, onCommit: () => void) {
    this.#journal = journal;
    this.#onCommit = onCommit;
  }

  append(entry: Entry): void {
    this.#waiting.push(entry);
    this.#running ??= this.#run();
  }

  /** Appends nothing further: whoever waits gets the error. What is under way may be kept nevertheless. */
  stop(error: Error): void {
    this.#stopped = error;
    for (const entry of this.#waiting.splice(0)) entry.lost(error);
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // What one burst writes goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, MOST_RECORDS);
      this.#waiting = this.#waiting.slice(MOST_RECORDS);
      try {
        if (this.#stopped !== undefined) throw this.#stopped;
        const sequences = await this.#journal.append(group.map(({ bytes }) => bytes));
        group.forEach((entry, index) => {
          entry.kept(sequences[index] as number);
        });
        this.#onCommit();
      } catch (error) {
        for (const entry of group) entry.lost(error);
      }
    }
    this.#running = undefined;
  }
}
