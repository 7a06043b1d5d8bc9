import { type Clock, systemClock } from './clock.ts';

/** Readings that follow one another so quickly are the sign of a busy turn, ms. */
const QUICK_MS = 0.05;
/** So many readings are answered by one look at the clock, at most. */
const LONGEST_SPAN = 64;

/**
 * The time, for those who read it many times a turn of the event loop: looking at the clock costs as much as a hit. While
 * a turn is busy one look is for one, two, four and more readings, so an instant is at most that turn, or as many quick
 * readings as there were before it, old. In whole ms, which are small integers to V8, without an object of their own. A
 * clock that is not the machine's may leap within a turn, and is always looked at.
 */
export class TurnTime {
  readonly #clock: Clock;
  readonly #which: 'now' | 'monotonic';
  #exact = 0;
  #now = 0;
  /** Readings that the last look is for, and those of them that are left. */
  #span = 0;
  #left = 0;
  #isTurnWatched = false;

  constructor(clock: Clock, which: 'now' | 'monotonic') {
    this.#clock = clock;
    this.#which = which;
  }

  /** In whole ms. */
  now(): number {
    if (this.#left === 0) return this.#look();
    this.#left -= 1;
    return this.#now;
  }

  #look(): number {
    const exact = this.#clock[this.#which]();
    const isQuick = exact - this.#exact < QUICK_MS;
    this.#exact = exact;
    this.#now = Math.floor(exact);
    if (this.#clock !== systemClock) return this.#now;
    this.#span = isQuick ? Math.min(LONGEST_SPAN, Math.max(1, 2 * this.#span)) : 0;
    this.#left = this.#span;
    if (this.#left > 0 && !this.#isTurnWatched) this.#watchTurn();
    return this.#now;
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
