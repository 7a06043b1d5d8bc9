/** Runs something after `ms`; returns the function that calls it off. */
export type Schedule = (run: () => void, ms: number) => () => void;

/** A schedule that knows what it has under way, so that all of it can be called off. */
export class Timers {
  readonly #schedule: Schedule;
  readonly #pending: Set<() => void> = new Set();

  constructor(schedule: Schedule = byTimeout) {
    this.#schedule = schedule;
  }

  after(ms: number, run: () => void): void {
    // A schedule may run at once, that is before it has returned how to call it off.
    let over = false;
    let cancel = (): void => {};
    cancel = this.#schedule(() => {
      over = true;
      this.#pending.delete(cancel);
      run();
    }, ms);
    if (!over) this.#pending.add(cancel);
  }

  clear(): void {
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
  }
}

function byTimeout(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
