import type { Clock } from '../clock.ts';
import type { Failure } from '../contract/outcome.ts';
import type { Wait } from './coalescer.ts';

/**
 * The time of one public call, spent over however many round trips it needs. It begins with the first of them, so that
 * what the process itself takes to prepare a large batch does not count.
 */
export class Budget {
  readonly signal: AbortSignal | undefined;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #deadline: number | undefined;

  /** @param deadline of a call whose time runs already, on the monotonic clock */
  constructor(clock: Clock, timeoutMs: number, signal: AbortSignal | undefined, deadline?: number) {
    this.#deadline = deadline;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.signal = signal;
  }

  /**
   * What is left, for the next round trip. Whole ms, so that calls of one turn share a timer.
   * @throws Failure `BUSY` when nothing is left: each round trip ended in time, but there were too many. This one was
   * not begun; whoever has done something before says so
   */
  wait(): Wait {
    const now = this.#clock.monotonic();
    this.#deadline ??= now + this.#timeoutMs;
    const timeoutMs = Math.ceil(this.#deadline - now);
    if (timeoutMs <= 0) throw this.#spent();
    return { timeoutMs, signal: this.signal };
  }

  #spent(): Failure {
    const message = `not done within ${this.#timeoutMs} ms: it takes several steps, and they were slow or others kept changing the key`;
    return { code: 'BUSY', message, retryable: true, outcome: 'not-applied' };
  }
}
