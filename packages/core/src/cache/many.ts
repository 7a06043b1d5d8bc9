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
  const failures = new Map<string, CacheError>();
  const results: R[] = [];
  const attempt = async (item: I, index: number): Promise<void> => {
    try {
      results[index] = await run(item);
    } catch (caught) {
      failures.set(item.key, scope.fault(caught, operation, item.key, false));
    }
  };
  await Promise.all(items.map(attempt));
  if (failures.size === 0) return results;
  const [first] = failures.values();
  const message = `${operation}: ${failures.size} of ${items.length} items failed; the first: ${first?.message}`;
  const errors = [...failures.values()];
  // Of a closed cache there is nothing to tell by key.
  if (first?.code === 'CLOSED' && errors.every((error) => error.code === 'CLOSED')) throw first;
  throw new CacheError('PARTIAL', message, {
    operation,
    failures,
    retryable: errors.every((error) => error.retryable),
    outcome: errors.every((error) => error.outcome === 'not-applied') ? 'not-applied' : 'unknown',
    cause: first,
  });
}
