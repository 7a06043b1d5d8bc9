import type { Clock, Timer } from '@cache/core';
import type { FakeClock } from '../fake-clock.ts';
import { until } from './check.ts';

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock whose timers go by its time too: what is done every so often is done when the rule says, on a busy machine too. */
export class DrivenClock implements Clock {
  readonly #clock: FakeClock;
  readonly #patienceMs: number;
  readonly #waiting: Set<Waiting> = new Set();
  #passed = 0;

  constructor({ clock, patienceMs }: { readonly clock: FakeClock; readonly patienceMs: number }) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
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

  /**
   * Lets time pass step by step until the condition holds. Between two steps a server has some real time to answer, so
   * a step is to be small beside the timeouts of the calls under way.
   */
  async until(what: string, stepMs: number, holds: () => boolean): Promise<void> {
    await until(this.#patienceMs, what, () => {
      if (holds()) return true;
      this.advance(stepMs);
      return false;
    });
  }

  /** Lets time pass step by step until a call has settled; what it comes to. */
  async settle<T>(what: string, stepMs: number, call: Promise<T>): Promise<T> {
    let settled = false;
    const note = (): void => {
      settled = true;
    };
    call.then(note, note);
    await this.until(`${what} settles`, stepMs, () => settled);
    return await call;
  }
}
