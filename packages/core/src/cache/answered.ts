import type { Failure, Outcome } from '../contract/outcome.ts';
import { toFailure } from '../error.ts';

/** The adapter's outcomes, or as many failures when it broke its contract. */
export async function answered<R>(
  count: number,
  method: string,
  call: () => Promise<Outcome<R>[]>,
): Promise<Outcome<R>[]> {
  let failure: Failure;
  try {
    const outcomes = await call();
    if (Array.isArray(outcomes) && outcomes.length === count && outcomes.every(isOutcome)) return outcomes;
    const message = `the adapter's ${method} did not answer one outcome an item`;
    failure = { code: 'INTERNAL', message, retryable: false, outcome: 'unknown' };
  } catch (error) {
    failure = toFailure(error);
  }
  return new Array<Outcome<R>>(count).fill({ ok: false, error: failure });
}

function isOutcome(outcome: Partial<Outcome<unknown>> | undefined | null): boolean {
  return outcome?.ok === true || (outcome?.ok === false && typeof outcome.error?.code === 'string');
}
