/** What a write-behind repository tells its listeners. `left` = writes that are not done with. */
export type WriteBehindEvent =
  /** The source has them. */
  | { readonly type: 'written'; readonly keys: readonly string[]; readonly left: number }
  /** The source failed; they are tried again after a pause, at the earliest. */
  | {
      readonly type: 'retry';
      readonly keys: readonly string[];
      readonly error: unknown;
      readonly delayMs: number;
      readonly left: number;
    }
  /** `deadLetter` has taken it over. */
  | {
      readonly type: 'dead';
      readonly keys: readonly string[];
      readonly error: unknown;
      readonly left: number;
    }
  /** The source has them, but the cache or the journal failed; that is tried again after a pause. */
  | {
      readonly type: 'unfinished';
      readonly keys: readonly string[];
      readonly error: unknown;
      readonly delayMs: number;
      readonly left: number;
    }
  /** The write was accepted, but the cache could not be told; this repository's reads see it nevertheless. */
  | {
      readonly type: 'uncached';
      readonly keys: readonly string[];
      readonly error: unknown;
      readonly left: number;
    }
  /** The journal could not be opened; that is tried again after a pause, and by the next call. */
  | {
      readonly type: 'unopened';
      readonly keys: readonly string[];
      readonly error: unknown;
      readonly delayMs: number;
      readonly left: number;
    };

export interface WriteBehindStats {
  /** Accepted and not done with: the source does not have them, or the cache and the journal were not told yet. */
  readonly pending: number;
  /** Of these, the bytes of their records. */
  readonly bytes: number;
  /** Of these, the age of the oldest in ms, over restarts; 0 without any. */
  readonly oldestAgeMs: number;
  /** Calls that wait for a place. */
  readonly waiting: number;
  /** Since the repository was made: writes that the source took. */
  readonly written: number;
  /** Writes that a newer one of their key superseded before the source had them. */
  readonly coalesced: number;
  /** Calls of the source that failed. */
  readonly failed: number;
  /** Writes that `deadLetter` took over. */
  readonly dead: number;
}

/** Listeners. One that throws harms nobody else. */
export class Progress {
  readonly #listeners: Set<(event: WriteBehindEvent) => void> = new Set();

  /** Returns the function that ends the subscription. */
  on(listener: (event: WriteBehindEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: WriteBehindEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        // There is nobody to tell: the write goes on.
      }
    }
  }
}
