import type { Clock } from '../clock.ts';
import { abortedBy } from '../contract/call.ts';
import type { Failure } from '../contract/outcome.ts';
import { whenAborted } from './abort.ts';
import type { Wait } from './coalescer.ts';
import { ANSWER_GRACE_MS, type Pending, settle, settleFailed } from './pending.ts';

interface Waiter extends Pending {
  go(): void;
}

/** Calls that wait for an earlier one, in the order in which they were made, each within its own deadline. */
export class Gate {
  readonly #clock: Clock;
  readonly #waiters: Waiter[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `go` runs when the gate opens, unless the wait ends before: then `fail` does. */
  add({ timeoutMs, signal }: Wait, go: () => void, fail: (failure: Failure) => void): void {
    const onAbort = (): void => {
      if (signal !== undefined) settleFailed(waiter, abortedBy(signal, 'not-applied'));
    };
    const late = (): void => settleFailed(waiter, waitedInVain(timeoutMs));
    const timer = this.#clock.schedule(late, timeoutMs + ANSWER_GRACE_MS);
    const leave = signal && whenAborted(signal, onAbort);
    const release = (): void => {
      timer.cancel();
      leave?.();
    };
    const waiter: Waiter = {
      timeoutMs,
      deadline: undefined,
      settled: false,
      sent: false,
      release,
      go,
      fail,
    };
    this.#waiters.push(waiter);
    if (signal?.aborted) onAbort();
  }

  /** Lets all go, one after the other and at once, so that nobody who comes later overtakes them. */
  open(): void {
    for (const waiter of this.#waiters) if (settle(waiter)) waiter.go();
  }

  /** Tells all why they cannot go: nothing of theirs was sent. */
  refuse(failure: Failure): void {
    for (const waiter of this.#waiters) settleFailed(waiter, { ...failure, outcome: 'not-applied' });
  }
}

function waitedInVain(timeoutMs: number): Failure {
  const message = `an earlier call did not end within ${timeoutMs} ms`;
  return { code: 'TIMEOUT', message, retryable: true, outcome: 'not-applied' };
}
