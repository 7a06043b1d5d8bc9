import { type Clock, systemClock } from './clock.ts';

/** So many readings in quick succession are the sign of a busy turn. */
const BUSY_READINGS = 8;
const QUICK_MS = 0.05;
/** A turn that does not end has its time read again after so many. */
const MOST_READINGS = 64;

/**
 * The time, for those who read it many times a turn of the event loop: reading it costs as much as a hit. In a busy turn
 * it is read once for all, so an instant is at most that turn, or 64 readings, old. In whole ms, which are small integers
 * to V8, without an object of their own. A clock that is not the machine's may leap within a turn, and is always read.
 */
export class TurnTime {
  readonly #clock: Clock;
  readonly #which: 'now' | 'monotonic';
  #exact = 0;
  #now = 0;
  #left = 0;
  #quick = 0;

  constructor(clock: Clock, which: 'now' | 'monotonic') {
    this.#clock = clock;
    this.#which = which;
  }

  /** In whole ms. */
  now(): number {
    if (this.#left === 0) return this.#read();
    this.#left -= 1;
    return this.#now;
  }

  #read(): number {
    const exact = this.#clock[this.#which]();
    const isQuick = exact - this.#exact < QUICK_MS;
    this.#exact = exact;
    this.#now = Math.floor(exact);
    if (this.#clock !== systemClock) return this.#now;
    this.#quick = isQuick ? this.#quick + 1 : 0;
    if (this.#quick === BUSY_READINGS) {
      this.#clock.defer(() => {
        this.#left = 0;
        this.#quick = 0;
      });
    }
    if (this.#quick >= BUSY_READINGS) this.#left = MOST_READINGS;
    return this.#now;
  }
}
