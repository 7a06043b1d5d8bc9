import { type Clock, systemClock } from '../clock.ts';
import type { AnyAdapter } from '../contract/adapter.ts';
import { abortedBy } from '../contract/call.ts';
import { failed, type Outcome } from '../contract/outcome.ts';
import { type Duration, parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';
import { layered, type Step } from './layer.ts';

export interface RetryOptions {
  /** How often an item is asked for at most, the first time included. Default: 3. */
  readonly attempts?: number;
  /** The longest pause before the second attempt; it doubles with each, and is shortened at random. Default: 20 ms. */
  readonly delay?: Duration;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Numbers from 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/**
 * Asks again where a read failed and may succeed, within the deadline of the call. Effects are never repeated: between
 * two attempts a later call may have changed the key.
 * @throws CacheError `INVALID_OPTION` or `INVALID_TTL`
 */
export function retry<const A extends AnyAdapter>(adapter: A, options: RetryOptions = {}): A {
  const { attempts = 3, delay = 20, clock = systemClock, random = Math.random } = options;
  if (!Number.isInteger(attempts) || attempts < 1) {
    throw new CacheError('INVALID_OPTION', 'retry: attempts must be a whole number above 0');
  }
  const delayMs = parseDuration(delay, 'delay');
  return layered(adapter, async (step) => {
    const outcomes = await step.go();
    if (step.isEffect) return outcomes;
    for (let attempt = 1; attempt < attempts; attempt += 1) {
      const again = placesOfRetryable(outcomes);
      const pauseMs = delayMs * 2 ** (attempt - 1) * random();
      const isLate = clock.monotonic() + pauseMs >= step.call.deadline;
      if (again.length === 0 || isLate || step.call.signal?.aborted) return outcomes;
      await pause(clock, pauseMs, step.call.signal);
      if (step.call.signal?.aborted) return giveUp(outcomes, again, step.call.signal);
      await repeat(step, outcomes, again);
    }
    return outcomes;
  });
}

/** Puts new answers in place of those that failed. */
async function repeat(step: Step, outcomes: Outcome<unknown>[], places: readonly number[]): Promise<void> {
  // What has no items, or one that stands for all, is asked as a whole.
  const isWhole = step.items.length !== outcomes.length;
  const answers = await step.go(isWhole ? step.items : places.map((place) => step.items[place]));
  if (isWhole) outcomes.splice(0, outcomes.length, ...answers);
  else for (const [at, place] of places.entries()) outcomes[place] = answers[at] as Outcome<unknown>;
}

function placesOfRetryable(outcomes: readonly Outcome<unknown>[]): number[] {
  return outcomes.flatMap((outcome, place) => (!outcome.ok && outcome.error.retryable ? [place] : []));
}

function giveUp(
  outcomes: Outcome<unknown>[],
  places: readonly number[],
  signal: AbortSignal,
): Outcome<unknown>[] {
  for (const place of places) outcomes[place] = failed(abortedBy(signal, 'not-applied'));
  return outcomes;
}

/** Ends sooner where the signal is aborted. */
function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.schedule(end, ms);
    signal?.addEventListener('abort', end);
  });
}
