import { CLOSED } from '../contract/call.ts';
import type { Failure } from '../contract/outcome.ts';
import { CacheError } from '../error.ts';
import type { Scope } from './scope.ts';

/**
 * Runs one call an item, side by side, so that they share round trips.
 * @returns the results by position
 * @throws CacheError `PARTIAL` with the failures by key; what did not fail was done
 */
export async function settleAll<P, I extends { readonly key: string }, R>(
  scope: Scope<P>,
  operation: string,
  items: readonly I[],
  run: (item: I) => Promise<R>,
): Promise<R[]> {
  const { calls } = scope.shared;
  // Of a closed cache there is nothing to tell by key.
  if (calls.closed) throw scope.fault(CLOSED, operation, undefined, false);
  const failures = new Map<string, CacheError>();
  const results: R[] = [];
  // By calls, not by `Promise.all` of functions that await: of many items each promise counts.
  const attempts = (): Promise<void> => {
    return new Promise((resolve) => {
      let left = items.length;
      const ended = (): void => {
        left -= 1;
        if (left === 0) resolve();
      };
      const failed = (caught: unknown, key: string): void => {
        failures.set(key, scope.fault(caught, operation, key, false));
        ended();
      };
      items.forEach((item, index) => {
        const done = (result: R): void => {
          results[index] = result;
          ended();
        };
        try {
          run(item).then(done, (caught: unknown) => failed(caught, item.key));
        } catch (caught) {
          failed(caught, item.key);
        }
      });
      if (items.length === 0) resolve();
    });
  };
  await calls.track(attempts);
  if (failures.size === 0) return results;
  const [first] = failures.values();
  const message = `${operation}: ${failures.size} of ${items.length} items failed; the first: ${first?.message}`;
  const errors = [...failures.values()];
  throw new CacheError('PARTIAL', message, {
    operation,
    failures,
    retryable: errors.every((error) => error.retryable),
    outcome: errors.every((error) => error.outcome === 'not-applied') ? 'not-applied' : 'unknown',
    cause: first,
  });
}

/**
 * Waits for all parts of one call. @throws Failure the first of those that failed, `unknown` unless no part was done
 */
export async function allOrFailure(parts: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(parts);
  const failures = settled.flatMap((part) => (part.status === 'rejected' ? [part.reason as Failure] : []));
  const [first] = failures;
  if (first === undefined) return;
  if (parts.length === 1) throw first;
  const message = `${failures.length} of ${parts.length} parts of the namespace failed; the first: ${first.message}`;
  const none = failures.length === parts.length && failures.every(({ outcome }) => outcome === 'not-applied');
  throw {
    ...first,
    message,
    retryable: failures.every(({ retryable }) => retryable),
    outcome: none ? 'not-applied' : 'unknown',
  } satisfies Failure;
}
