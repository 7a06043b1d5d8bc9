import { type Clock, systemClock } from './clock.ts';

/** Readings that follow one another so quickly are the sign of a busy turn, ms. */
const QUICK_MS = 0.05;
/** So many readings are answered by one look at the clock, at most. */
const LONGEST_SPAN = 64;

/**
 * The time, for those who read it many times a turn of the event loop: looking at the clock costs as much as a hit. While
 * a turn is busy one look is for one, two, four and more readings, so an instant is at most that turn, or as many quick
 * readings as there were before it, old. A clock that is not the machine's may leap within a turn, and is always looked at.
 */
export class TurnTime {
  /** When it was made, in whole ms. */
  readonly origin: number;
  readonly #clock: Clock;
  readonly #which: 'now' | 'monotonic';
  #exact: number;
  #elapsed = 0;
  /** Readings that the last look is for, and those of them that are left. */
  #span = 0;
  #left = 0;
  #isTurnWatched = false;

  constructor(clock: Clock, which: 'now' | 'monotonic') {
    this.#clock = clock;
    this.#which = which;
    this.#exact = clock[which]();
    this.origin = Math.floor(this.#exact);
  }

  /** In whole ms. */
  now(): number {
    return this.origin + this.elapsed();
  }

  /** Whole ms since the origin: for weeks small integers to V8, which it neither makes objects of nor converts. */
  elapsed(): number {
    if (this.#left === 0) return this.#look();
    this.#left -= 1;
    return this.#elapsed;
  }

  #look(): number {
    const exact = this.#clock[this.#which]();
    const isQuick = exact - this.#exact < QUICK_MS;
    this.#exact = exact;
    this.#elapsed = Math.floor(exact - this.origin);
    if (this.#clock !== systemClock) return this.#elapsed;
    this.#span = isQuick ? Math.min(LONGEST_SPAN, Math.max(1, 2 * this.#span)) : 0;
    this.#left = this.#span;
    if (this.#left > 0 && !this.#isTurnWatched) this.#watchTurn();
    return this.#elapsed;
  }

  #watchTurn(): void {
    this.#isTurnWatched = true;
    this.#clock.defer(() => {
      this.#isTurnWatched = false;
      this.#span = 0;
      this.#left = 0;
    });
  }
}
