/** A scheduled callback that can be called off. */
export interface Timer {
  cancel(): void;
  /** Lets the process end though the callback has not run: for housekeeping. */
  unref(): void;
}

/** Time as an argument. Everything in this library that waits or asks the time does so here. */
export interface Clock {
  /** Wall clock, ms since 1970. Used for what is stored: ages, lives. */
  now(): number;
  /** Monotonic, ms from an arbitrary origin. Used for deadlines. */
  monotonic(): number;
  /** Runs `callback` once, after `ms`, however long. */
  schedule(callback: () => void, ms: number): Timer;
  /** Runs `callback` once, when the current turn of the event loop has ended. */
  defer(callback: () => void): void;
}

/** What a host's timers can count to: beyond it they fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(callback, ms) {
    let timer = setTimeout(run, Math.min(ms, MAX_DELAY_MS));
    let left = ms - MAX_DELAY_MS;
    let ref = true;
    function run(): void {
      if (left <= 0) {
        callback();
        return;
      }
      timer = setTimeout(run, Math.min(left, MAX_DELAY_MS));
      left -= MAX_DELAY_MS;
      // In a host whose timers are numbers, none of them keeps anything alive.
      if (!ref) timer.unref?.();
    }
    return {
      cancel: () => clearTimeout(timer),
      unref: () => {
        ref = false;
        timer.unref?.();
      },
    };
  },
  defer(callback) {
    // Not every host has setImmediate.
    if (typeof setImmediate === 'function') setImmediate(callback);
    else setTimeout(callback, 0);
  },
};
