import { type Clock, systemClock, type Timer } from '@cache/core';

/** How coarsely real time counts: longer than any rule of a sound adapter takes. */
const STEP_MS = 5000;

/**
 * A clock that stands still until it is advanced, so that a rule can ask for the last moment of a life. Its monotonic
 * time begins at the machine's and takes real time in, but in steps of seconds only: without that, a loop that goes on
 * until its deadline would never end. Timers stay the machine's.
 */
export class FakeClock implements Clock {
  readonly #startedAt: number = systemClock.monotonic();
  #now: number;
  #advanced = 0;

  constructor(now: number = Date.now()) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    const passed = Math.floor((systemClock.monotonic() - this.#startedAt) / STEP_MS) * STEP_MS;
    return this.#startedAt + this.#advanced + passed;
  }

  schedule(callback: () => void, ms: number): Timer {
    return systemClock.schedule(callback, ms);
  }

  defer(callback: () => void): void {
    systemClock.defer(callback);
  }

  /** Lets time pass: on the wall and monotonically. */
  advance(ms: number): void {
    this.#now += ms;
    this.#advanced += ms;
  }
}
