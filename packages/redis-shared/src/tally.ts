import type { ClientReport, Outcome } from '@cache/core';

/** Counts the items of batches: under way, answered, and failed. */
export class Tally {
  #inFlight = 0;
  #completed = 0;
  #failed = 0;

  begin(items: number): void {
    this.#inFlight += items;
  }

  /** Counts a batch that had begun, and hands its outcomes on. */
  end<R>(outcomes: Outcome<R>[]): Outcome<R>[] {
    this.#inFlight -= outcomes.length;
    for (const { ok } of outcomes) {
      if (ok) this.#completed += 1;
      else this.#failed += 1;
    }
    return outcomes;
  }

  report(): ClientReport {
    return { inFlight: this.#inFlight, completed: this.#completed, failed: this.#failed };
  }
}
