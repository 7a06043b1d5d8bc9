import type { Condition, Stored } from '../contract/adapter.ts';
import type { Failure } from '../contract/outcome.ts';

/** How often others may come and go in between before that is not believed any more. */
const MOST_CONTRADICTIONS = 50;

/**
 * The condition of a write over what was read: nothing, or exactly this.
 * @throws Failure `WRONG_TYPE` when writes are refused again and again although nothing is found
 */
export function conditionFor<P>(stored: Stored<P> | undefined, round: number): Condition {
  if (stored !== undefined) return { version: stored.version };
  if (round < MOST_CONTRADICTIONS) return 'absent';
  const message = 'the key is taken by something that cannot be read, such as another kind of data';
  throw { code: 'WRONG_TYPE', message, retryable: false, outcome: 'not-applied' } satisfies Failure;
}
