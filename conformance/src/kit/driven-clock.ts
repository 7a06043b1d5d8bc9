import type { Clock, Timer } from '@cache/core';
import type { FakeClock } from '../fake-clock.ts';

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock whose timers go by its time too: what is done every so often is done when the rule says, on a busy machine too. */
export class DrivenClock implements Clock {
  readonly #clock: FakeClock;
  readonly #waiting: Set<Waiting> = new Set();
  #passed = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  schedule(callback: () => void, ms: number): Timer {
    const timer = { at: this.#passed + ms, callback };
    this.#waiting.add(timer);
    return { cancel: () => this.#waiting.delete(timer), unref() {} };
  }

  defer(callback: () => void): void {
    this.#clock.defer(callback);
  }

  /** Lets time pass, and runs what is due. */
  advance(ms: number): void {
    this.#clock.advance(ms);
    this.#passed += ms;
    for (const timer of this.#waiting) {
      if (timer.at > this.#passed) continue;
      this.#waiting.delete(timer);
      timer.callback();
    }
  }
}
