import type { Duration } from '../duration.ts';
import { parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';
import { checkKey } from '../key.ts';
import { settleAll } from './many.ts';
import type { CallOptions } from './options.ts';
import { Quarantine } from './quarantine.ts';
import { checkList } from './reads.ts';
import type { Scope } from './scope.ts';

export interface InvalidatingOptions extends CallOptions {
  /**
   * How long the keys stay marked if this process dies meanwhile: longer than the source's own timeout, or a value that
   * was loaded before a late write may be kept. Default: 30 s.
   */
  readonly mark?: Duration;
  /**
   * What is done when the keys cannot be marked: `'reject'` does not write the source, `'run'` does and deletes the keys
   * afterwards, between which a stale value may be kept by others. Default: `'reject'`.
   */
  readonly onMarkFailure?: 'reject' | 'run';
}

const MARK_MS = 30_000;
const OPERATION = 'invalidating';

/** Writes to the source, around which nothing that was loaded before stays. */
export class SourceWrites<P> {
  readonly #scope: Scope<P>;

  constructor(scope: Scope<P>) {
    this.#scope = scope;
  }

  /** Runs a write of the source. No value of the keys that was loaded before it ended is kept. */
  async invalidating<T>(
    keys: readonly string[],
    write: () => T | Promise<T>,
    options: InvalidatingOptions,
  ): Promise<T> {
    const markMs = this.#check(keys, write, options);
    const patience = options.timeout === undefined ? undefined : { timeout: options.timeout };
    const marks = keys.map((key) => ({ key, quarantine: new Quarantine(this.#scope, key) }));
    const end = (some = marks): Promise<unknown> =>
      settleAll(this.#scope, OPERATION, some, ({ quarantine }) => {
        // Whoever does not wait any more has nevertheless written.
        return quarantine.end(this.#scope.budget(patience, OPERATION));
      });
    let marked = true;
    try {
      await settleAll(this.#scope, OPERATION, marks, ({ quarantine }) => {
        return quarantine.mark(markMs, this.#scope.budget(options, OPERATION));
      });
    } catch (error) {
      marked = false;
      if (options.onMarkFailure !== 'run') {
        const failures = error instanceof CacheError ? error.failures : undefined;
        const ending = end(marks.filter(({ key }) => failures?.get(key)?.outcome !== 'not-applied'));
        ending.catch(() => undefined);
        if (options.signal?.aborted !== true) await ending.catch(() => undefined);
        throw error;
      }
    }
    let result: T;
    try {
      result = await write();
    } catch (error) {
      // It may have written nevertheless.
      await end().catch(() => undefined);
      throw error;
    }
    try {
      await end();
    } catch (error) {
      // Where the marks are, they end by themselves, and until then nothing is kept.
      if (!marked) throw notInvalidated(error);
    }
    return result;
  }

  #check(keys: readonly string[], write: unknown, options: InvalidatingOptions): number {
    checkList(keys, OPERATION);
    for (const key of keys) checkKey(key, OPERATION);
    this.#scope.timeoutMs(options, OPERATION);
    const { mark, onMarkFailure } = options;
    const known = onMarkFailure === undefined || onMarkFailure === 'reject' || onMarkFailure === 'run';
    if (typeof write !== 'function' || !known) {
      const message = `${OPERATION} takes keys, a function, and onMarkFailure 'reject' or 'run'`;
      throw new CacheError('INVALID_OPTION', message, { operation: OPERATION });
    }
    return mark === undefined ? MARK_MS : parseDuration(mark, 'mark');
  }
}

function notInvalidated(cause: unknown): CacheError {
  const message = `${OPERATION}: the source was written, but its keys could not be deleted`;
  return new CacheError('UNAVAILABLE', message, { operation: OPERATION, outcome: 'applied', cause });
}
