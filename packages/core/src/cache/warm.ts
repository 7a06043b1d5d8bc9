import { CacheError } from '../error.ts';
import type { Loader } from './load-context.ts';
import type { LoadOptions } from './load-options.ts';
import type { Loads } from './loads.ts';
import type { Reads } from './reads.ts';
import type { Scope } from './scope.ts';

export interface WarmOptions extends LoadOptions {
  /** Loads at once. Default: 10. */
  readonly concurrency?: number;
  /** Told after each key. */
  readonly onProgress?: (progress: WarmProgress) => void;
}

export interface WarmProgress {
  readonly done: number;
  readonly total: number;
}

/** What became of each key. */
export interface WarmReport {
  readonly loaded: number;
  /** Was there already. */
  readonly skipped: number;
  readonly failures: ReadonlyMap<string, unknown>;
  /** Not begun, because the signal was aborted or the cache closed: what to give to the next call. */
  readonly left: readonly string[];
}

const CONCURRENCY = 10;
const OPERATION = 'warm';

/**
 * Loads what is not there, a bounded number at a time. A failure does not end it.
 * @throws CacheError for bad input alone
 */
export async function warm<P>(
  scope: Scope<P>,
  reads: Reads<P>,
  loads: Loads<P>,
  keys: Iterable<string>,
  loader: (key: string, ...context: Parameters<Loader<unknown>>) => unknown,
  options: WarmOptions,
): Promise<WarmReport> {
  scope.timeoutMs(options, OPERATION);
  const { concurrency = CONCURRENCY, onProgress, signal } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new CacheError('INVALID_OPTION', `${OPERATION}: concurrency must be a whole number above 0`);
  }
  if (typeof keys?.[Symbol.iterator] !== 'function' || typeof keys === 'string') {
    throw new CacheError('INVALID_OPTION', `${OPERATION} takes an array or another iterable of keys`);
  }
  const queue = [...new Set(keys)];
  for (const key of queue) loads.check(OPERATION, key, loader, options);
  const total = queue.length;
  const failures = new Map<string, unknown>();
  let [loaded, skipped, done] = [0, 0, 0];
  const ended = (): boolean => signal?.aborted === true || scope.shared.calls.closed;
  const work = async (): Promise<void> => {
    while (!ended()) {
      const key = queue.shift();
      if (key === undefined) return;
      try {
        if (await reads.has(key, options, false)) skipped += 1;
        else {
          await loads.load(key, (context) => loader(key, context), options);
          loaded += 1;
        }
      } catch (error) {
        if (ended()) {
          queue.push(key);
          return;
        }
        failures.set(key, error);
      }
      done += 1;
      onProgress?.({ done, total });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, total) }, work));
  return { loaded, skipped, failures, left: queue };
}
