import { abortedBy } from '../contract/call.ts';
import type { Effect } from '../contract/outcome.ts';

/**
 * What a promise comes to, or the failure of the signal as soon as it is aborted: one listener for many calls, where
 * each would add one of its own.
 */
export function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  outcome: Effect,
): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedBy(signal, outcome));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
    const release = (): void => signal.removeEventListener('abort', onAbort);
    promise.then(resolve, reject).then(release);
  });
}
