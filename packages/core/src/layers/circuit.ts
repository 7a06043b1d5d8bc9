import type { Clock } from '../clock.ts';
import type { Call } from '../contract/adapter.ts';
import type { Failure, Outcome } from '../contract/outcome.ts';

/** What calls that were made one after the other say of a server: whether it is worth asking. */
export class Circuit {
  readonly #most: number;
  readonly #openMs: number;
  readonly #clock: Clock;
  #failures = 0;
  #openUntil = Number.NEGATIVE_INFINITY;

  /** @param most after how many failures it opens @param openMs how long it stays so before one call may try */
  constructor(most: number, openMs: number, clock: Clock) {
    this.#most = most;
    this.#openMs = openMs;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#failures >= this.#most;
  }

  /** Whether a call is to be made now. While it is open that is one from time to time; the others wait for it. */
  admits(): boolean {
    if (!this.isOpen) return true;
    const now = this.#clock.monotonic();
    if (now < this.#openUntil) return false;
    this.#openUntil = now + this.#openMs;
    return true;
  }

  /** Learns from what a call was answered. */
  saw(outcomes: readonly Outcome<unknown>[], { mayLag }: Call): void {
    if (outcomes.some(isAnswer)) {
      // What a replica answered says nothing of the server that takes the writes.
      if (mayLag !== true) this.#failures = 0;
    } else if (outcomes.some(isOutage)) {
      this.#failures += 1;
      this.#openUntil = this.#clock.monotonic() + this.#openMs;
    }
  }
}

/** Whether a call is over before it begins: then what it is answered says nothing of the server. */
export function isOver(call: Call, clock: Clock): boolean {
  return call.signal?.aborted === true || call.deadline <= clock.monotonic();
}

function isOutage(outcome: Outcome<unknown>): boolean {
  return !outcome.ok && (outcome.error.code === 'UNAVAILABLE' || outcome.error.code === 'TIMEOUT');
}

/** Whether the server said it, were it only that it will not. */
function isAnswer(outcome: Outcome<unknown>): boolean {
  return outcome.ok || !SILENT.has(outcome.error.code);
}

const SILENT: ReadonlySet<Failure['code']> = new Set(['UNAVAILABLE', 'TIMEOUT', 'ABORTED', 'CLOSED']);
