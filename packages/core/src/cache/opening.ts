import type { Clock } from '../clock.ts';
import { abortedBy } from '../contract/call.ts';
import type { Failure } from '../contract/outcome.ts';
import { ANSWER_GRACE_MS, type Pending, settle, settleFailed } from './batch.ts';
import type { Wait } from './coalescer.ts';

interface Waiter<P> extends Pending {
  done(record: P): void;
}

/**
 * Calls of a namespace whose record is being learned. They go on in the order in which they were made, each within its
 * own deadline; those that are made while the first of them go on still queue behind them.
 */
export class Opening<P> {
  /** Whether everybody has gone on, so that a call need not wait any more. */
  over = false;
  readonly #clock: Clock;
  #waiters: Waiter<P>[] = [];

  constructor(learning: Promise<P>, clock: Clock) {
    this.#clock = clock;
    learning.then(
      (record) => this.#drain((waiter) => settle(waiter) && waiter.done(record)),
      (failure: Failure) =>
        this.#drain((waiter) => settleFailed(waiter, { ...failure, outcome: 'not-applied' })),
    );
  }

  /** Resolves with the record when it is the caller's turn. @throws Failure what kept the record from being learned */
  turn({ timeoutMs, signal }: Wait): Promise<P> {
    return new Promise((resolve, reject) => {
      const late = (): void => settleFailed(waiter, notLearned(timeoutMs));
      const onAbort = (): void => {
        if (signal !== undefined) settleFailed(waiter, abortedBy(signal, 'not-applied'));
      };
      const timer = this.#clock.schedule(late, timeoutMs + ANSWER_GRACE_MS);
      const release = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter<P> = {
        timeoutMs,
        settled: false,
        sent: false,
        release,
        done: resolve,
        fail: reject,
      };
      this.#waiters.push(waiter);
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
    });
  }

  #drain(tell: (waiter: Waiter<P>) => void): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.over = waiters.length === 0;
    for (const waiter of waiters) tell(waiter);
    // Once more after those have gone on, for whoever has queued up behind them.
    if (!this.over) queueMicrotask(() => this.#drain(tell));
  }
}

function notLearned(timeoutMs: number): Failure {
  const message = `the record of the namespace was not learned within ${timeoutMs} ms`;
  return { code: 'TIMEOUT', message, retryable: true, outcome: 'not-applied' };
}
