import type { Clock, Timer } from '@cache/core';

/** Between the beginnings of two runs, however many ask. */
const AT_MOST_EVERY_MS = 50;
/** Between two runs while something is still not as it should be. */
const AGAIN_AFTER_MS = 250;

/** Runs a task when asked to, once for all who ask meanwhile, not too often, and again while there is need. */
export class Refresher {
  readonly #clock: Clock;
  readonly #task: () => Promise<void>;
  readonly #needed: () => boolean;
  #running = false;
  #timer: Timer | undefined;
  #dueAt: number = Number.POSITIVE_INFINITY;
  #startedAt: number = Number.NEGATIVE_INFINITY;
  #again = false;
  #closed = false;

  /** @param task must not reject @param needed whether it is to run again though nobody asks */
  constructor(clock: Clock, task: () => Promise<void>, needed: () => boolean) {
    this.#clock = clock;
    this.#task = task;
    this.#needed = needed;
  }

  /** Asks for a run that begins after this. */
  request(): void {
    if (this.#running) this.#again = true;
    else this.#schedule(this.#startedAt + AT_MOST_EVERY_MS);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #schedule(dueAt: number): void {
    if (this.#closed || dueAt >= this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = dueAt;
    this.#timer = this.#clock.schedule(() => void this.#run(), Math.max(0, dueAt - this.#clock.monotonic()));
    // Whoever waits for the outcome has a timer of its own.
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#again = false;
    this.#timer = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#startedAt = this.#clock.monotonic();
    await this.#task();
    this.#running = false;
    if (this.#again) this.request();
    else if (this.#needed()) this.#schedule(this.#clock.monotonic() + AGAIN_AFTER_MS);
  }
}
