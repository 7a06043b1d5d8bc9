import { whenAborted } from '../../cache/abort.ts';
import type { Clock } from '../../clock.ts';
import { CacheError } from '../../error.ts';

export interface BoundPlan {
  readonly writes: number;
  readonly bytes: number;
  readonly full: 'wait' | 'reject';
}

/** Who wants in. Exactly one of its functions is called, once. */
export interface Entrant {
  readonly bytes: number;
  /** Called in the order of the entrants, and at once when there is room. */
  go(): void;
  fail(error: CacheError): void;
}

export interface BoundWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Keeps what is pending within a bound. Those who wait are let in in order, so that no write overtakes another. */
export class Bound {
  readonly #plan: BoundPlan;
  readonly #clock: Clock;
  readonly #waiting: Set<Entrant & { leave(): void }> = new Set();
  #writes = 0;
  #bytes = 0;
  #closed: CacheError | undefined;

  constructor(plan: BoundPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  enter(entrant: Entrant, wait: BoundWait): void {
    const refusal = this.#refusal(entrant.bytes, wait);
    if (refusal !== undefined) {
      entrant.fail(refusal);
    } else if (this.#isFree(entrant.bytes)) {
      this.add(entrant.bytes);
      entrant.go();
    } else {
      this.#wait(entrant, wait);
    }
  }

  /** Counts what is there already, whether or not it fits. */
  add(bytes: number): void {
    this.#writes += 1;
    this.#bytes += bytes;
  }

  release(bytes: number): void {
    this.#writes -= 1;
    this.#bytes -= bytes;
    for (const entrant of this.#waiting) {
      if (!this.#fits(entrant.bytes)) return;
      entrant.leave();
      this.add(entrant.bytes);
      entrant.go();
    }
  }

  /** Refuses those who wait and whoever comes with an error. */
  close(error: CacheError): void {
    this.#closed = error;
    for (const entrant of this.#waiting) {
      entrant.leave();
      entrant.fail(error);
    }
  }

  #refusal(bytes: number, { signal }: BoundWait): CacheError | undefined {
    if (this.#closed !== undefined) return this.#closed;
    if (bytes > this.#plan.bytes) return tooLarge(bytes, this.#plan.bytes);
    if (signal?.aborted) return aborted(signal);
    if (this.#plan.full === 'reject' && !this.#isFree(bytes)) return busy('the queue is full');
    return undefined;
  }

  /** Whether somebody who comes now gets in: not before those who wait. */
  #isFree(bytes: number): boolean {
    return this.#waiting.size === 0 && this.#fits(bytes);
  }

  #fits(bytes: number): boolean {
    return this.#writes < this.#plan.writes && this.#bytes + bytes <= this.#plan.bytes;
  }

  #wait(entrant: Entrant, { timeoutMs, signal }: BoundWait): void {
    const end = (error: CacheError): void => {
      waiter.leave();
      entrant.fail(error);
    };
    const onAbort = (): void => end(aborted(signal));
    const timer = this.#clock.schedule(() => {
      end(busy(`the queue was full for ${timeoutMs} ms`));
    }, timeoutMs);
    const calm = signal && whenAborted(signal, onAbort);
    const leave = (): void => {
      this.#waiting.delete(waiter);
      timer.cancel();
      calm?.();
    };
    const { bytes } = entrant;
    const waiter = { bytes, go: () => entrant.go(), fail: (error: CacheError) => entrant.fail(error), leave };
    this.#waiting.add(waiter);
  }
}

function busy(reason: string): CacheError {
  const message = `${reason}: the source takes less than is written; nothing was accepted`;
  return new CacheError('BUSY', message, { retryable: true });
}

function aborted(signal: AbortSignal | undefined): CacheError {
  return new CacheError('ABORTED', 'the signal was aborted', { cause: signal?.reason });
}

function tooLarge(bytes: number, most: number): CacheError {
  return new CacheError('VALUE_TOO_LARGE', `${bytes} bytes exceed the whole bound of ${most}`);
}
