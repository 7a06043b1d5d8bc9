import type { Clock, Timer } from '../clock.ts';
import { abortedBy } from '../contract/call.ts';
import type { Failure } from '../contract/outcome.ts';
import { whenAborted } from './abort.ts';
import type { Wait } from './coalescer.ts';
import { ANSWER_GRACE_MS, type Pending, settle, settleFailed } from './pending.ts';

interface Waiter extends Pending {
  go(): void;
}

/** Those who came within one ms and wait equally long: they share a timer. */
interface Watch {
  readonly since: number;
  readonly timeoutMs: number;
  readonly timer: Timer;
  readonly waiters: Set<Waiter>;
}

/** Calls that wait for an earlier one, in the order in which they were made, each within its own deadline. */
export class Gate {
  readonly #clock: Clock;
  readonly #waiters: Waiter[] = [];
  #watch: Watch | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `go` runs when the gate opens, unless the wait ends before: then `fail` does. */
  add({ timeoutMs, signal }: Wait, go: () => void, fail: (failure: Failure) => void): void {
    const watch = this.#watchOf(timeoutMs);
    // Field by field: of a large batch as many wait as it has items.
    const waiter: Waiter = {
      timeoutMs,
      deadline: undefined,
      settled: false,
      sent: false,
      release: () => this.#leave(watch, waiter),
      go,
      fail,
    };
    watch.waiters.add(waiter);
    this.#waiters.push(waiter);
    if (signal !== undefined) this.#heed(waiter, signal);
  }

  /** Lets all go, one after the other and at once, so that nobody who comes later overtakes them. */
  open(): void {
    for (const waiter of this.#waiters) if (settle(waiter)) waiter.go();
  }

  /** Tells all why they cannot go: nothing of theirs was sent. */
  refuse(failure: Failure): void {
    for (const waiter of this.#waiters) settleFailed(waiter, { ...failure, outcome: 'not-applied' });
  }

  #watchOf(timeoutMs: number): Watch {
    const since = Math.floor(this.#clock.monotonic());
    const last = this.#watch;
    if (last?.since === since && last.timeoutMs === timeoutMs) return last;
    const waiters = new Set<Waiter>();
    const late = (): void => {
      for (const waiter of [...waiters]) settleFailed(waiter, waitedInVain(timeoutMs));
    };
    const timer = this.#clock.schedule(late, timeoutMs + ANSWER_GRACE_MS);
    this.#watch = { since, timeoutMs, timer, waiters };
    return this.#watch;
  }

  #leave(watch: Watch, waiter: Waiter): void {
    watch.waiters.delete(waiter);
    if (watch.waiters.size === 0) this.#end(watch);
  }

  /** Ends a wait when its signal is aborted. */
  #heed(waiter: Waiter, signal: AbortSignal): void {
    const onAbort = (): void => settleFailed(waiter, abortedBy(signal, 'not-applied'));
    const disarm = whenAborted(signal, onAbort);
    const { release } = waiter;
    waiter.release = () => {
      release?.();
      disarm();
    };
    if (signal.aborted) onAbort();
  }

  #end(watch: Watch): void {
    watch.timer.cancel();
    if (this.#watch === watch) this.#watch = undefined;
  }
}

function waitedInVain(timeoutMs: number): Failure {
  const message = `an earlier call did not end within ${timeoutMs} ms`;
  return { code: 'TIMEOUT', message, retryable: true, outcome: 'not-applied' };
}
