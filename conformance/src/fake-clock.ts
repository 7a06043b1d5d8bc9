import { type Clock, systemClock, type Timer } from '@cache/core';

/**
 * A clock whose wall time stands still until it is advanced. What waits is not what is stored: deadlines and timers
 * stay the machine's, so that nothing hangs on a clock that nobody moves.
 */
export class FakeClock implements Clock {
  #now: number;

  constructor(now: number = Date.now()) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  schedule(callback: () => void, ms: number): Timer {
    return systemClock.schedule(callback, ms);
  }

  defer(callback: () => void): void {
    systemClock.defer(callback);
  }

  /** Moves the wall time. */
  advance(ms: number): void {
    this.#now += ms;
  }
}
