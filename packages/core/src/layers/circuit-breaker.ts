import { type Clock, systemClock } from '../clock.ts';
import type { AnyAdapter } from '../contract/adapter.ts';
import { allFailed, type Failure, type Outcome } from '../contract/outcome.ts';
import { type Duration, parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';
import { layered } from './layer.ts';

export interface CircuitBreakerOptions {
  /** After how many failed calls, one after the other, it opens. Default: 5. */
  readonly failures?: number;
  /** How long it stays open before one call may try. Default: 1 s. */
  readonly open?: Duration;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/**
 * Fails all calls at once while a server does not answer, effects too, as not applied; one call from time to time tries.
 * (Nygard, Release It!, 2007.) A cache has one for its reads already; this is for adapters of which there are several.
 * @throws CacheError `INVALID_OPTION` or `INVALID_TTL`
 */
export function circuitBreaker<const A extends AnyAdapter>(
  adapter: A,
  { failures = 5, open = 1000, clock = systemClock }: CircuitBreakerOptions = {},
): A {
  if (!Number.isInteger(failures) || failures < 1) {
    throw new CacheError('INVALID_OPTION', 'circuitBreaker: failures must be a whole number above 0');
  }
  const openMs = parseDuration(open, 'open');
  let failedCalls = 0;
  let openUntil = Number.NEGATIVE_INFINITY;
  return layered(adapter, async (step) => {
    if (failedCalls >= failures) {
      const now = clock.monotonic();
      if (now < openUntil) return allFailed(Math.max(1, step.items.length), OPEN);
      // This one tries, the others wait for what becomes of it.
      openUntil = now + openMs;
    }
    const outcomes = await step.go();
    if (outcomes.length === 0) return outcomes;
    if (!outcomes.every(isOutage)) failedCalls = 0;
    else {
      failedCalls += 1;
      openUntil = clock.monotonic() + openMs;
    }
    return outcomes;
  });
}

const OPEN: Failure = {
  code: 'UNAVAILABLE',
  message: 'the circuit is open: the server did not answer several times',
  retryable: true,
  outcome: 'not-applied',
};

function isOutage(outcome: Outcome<unknown>): boolean {
  return !outcome.ok && (outcome.error.code === 'UNAVAILABLE' || outcome.error.code === 'TIMEOUT');
}
