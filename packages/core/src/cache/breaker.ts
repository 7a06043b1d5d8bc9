import type { Clock } from '../clock.ts';
import type { Failure } from '../contract/outcome.ts';

/** So many failures one after the other open it. */
const MOST_FAILURES = 5;

/** How long it stays open before the next attempt. */
const OPEN_MS = 1000;

/**
 * Keeps reads from waiting for a server that does not answer: after several failures they fail at once, but for one
 * attempt a second. Writes and invalidations are always tried.
 */
export class Breaker {
  readonly #clock: Clock;
  #failures = 0;
  #openUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why a read is not to be made now. */
  refusal(): Failure | undefined {
    if (this.#failures < MOST_FAILURES) return undefined;
    const now = this.#clock.monotonic();
    if (now < this.#openUntil) return OPEN;
    // This one tries; the others wait for its result.
    this.#openUntil = now + OPEN_MS;
    return undefined;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed({ code }: Pick<Failure, 'code'>): void {
    if (code !== 'TIMEOUT' && code !== 'UNAVAILABLE' && code !== 'BUSY') return;
    this.#failures += 1;
    if (this.#failures === MOST_FAILURES) this.#openUntil = this.#clock.monotonic() + OPEN_MS;
  }
}

const OPEN: Failure = {
  code: 'UNAVAILABLE',
  message: 'the server did not answer several times, so it is left alone for up to a second',
  retryable: true,
  outcome: 'not-applied',
};
