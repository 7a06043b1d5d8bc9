import type { Duration } from '../duration.ts';
import { parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';
import { checkKey } from '../key.ts';
import type { Draft } from './entries.ts';
import { settleAll } from './many.ts';
import type { CallOptions, EntryOptions } from './options.ts';
import { withPolicy } from './policies.ts';
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
  /**
   * What keys hold once the source is written, with the life and tags of `entry`. Where somebody else writes a key
   * meanwhile it holds nothing instead, since nobody here knows whose value the source has. Default: nothing.
   */
  readonly values?: ReadonlyMap<string, unknown>;
  /** Of `values`. Default: the cache's. */
  readonly entry?: EntryOptions;
}

/** A key that is being written. */
interface Marked<P> {
  readonly key: string;
  readonly quarantine: Quarantine<P>;
  /** What it is to hold afterwards. */
  readonly draft: Draft<P> | undefined;
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
    const marks = keys.map((key) => this.#prepare(key, options));
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
      if (marked && options.values !== undefined) await this.#put(marks, patience);
      else await end();
    } catch (error) {
      // Where the marks are, they end by themselves, and until then nothing is kept.
      if (!marked) throw notInvalidated(error);
    }
    return result;
  }

  /** Encodes what the key is to hold: a value that cannot be kept is refused before the source is written. */
  #prepare(key: string, { values, entry = {} }: InvalidatingOptions): Marked<P> {
    const quarantine = new Quarantine(this.#scope, key);
    if (!values?.has(key)) return { key, quarantine, draft: undefined };
    const value = values.get(key);
    const { buckets, settings, shared } = this.#scope;
    const { hashed } = buckets.of(key).key(key);
    const options = withPolicy(shared.policies, entry, OPERATION);
    return {
      key,
      quarantine,
      draft: this.#scope.draft(key, hashed, value, settings.codec, options, OPERATION),
    };
  }

  /** Puts values where their marks are, and takes the marks of the others away. */
  async #put(marks: readonly Marked<P>[], options: CallOptions | undefined): Promise<void> {
    const { counts, events } = this.#scope.shared;
    await settleAll(this.#scope, OPERATION, marks, async ({ key, quarantine, draft }) => {
      const became =
        draft !== undefined &&
        (await quarantine.become(draft, this.#scope.budget(options, OPERATION)).catch(() => false));
      if (!became) return await quarantine.end(this.#scope.budget(options, OPERATION));
      counts.writes += 1;
      if (events.has('write')) events.emit('write', { namespace: this.#scope.name, key });
    });
  }

  #check(keys: readonly string[], write: unknown, options: InvalidatingOptions): number {
    checkList(keys, OPERATION);
    for (const key of keys) checkKey(key, OPERATION);
    this.#scope.timeoutMs(options, OPERATION);
    const { mark, onMarkFailure, values } = options;
    const known = onMarkFailure === undefined || onMarkFailure === 'reject' || onMarkFailure === 'run';
    const isMap = values === undefined || typeof values?.get === 'function';
    if (typeof write !== 'function' || !known || !isMap) {
      const message = `${OPERATION} takes keys, a function, onMarkFailure 'reject' or 'run', and values as a Map`;
      throw new CacheError('INVALID_OPTION', message, { operation: OPERATION });
    }
    return mark === undefined ? MARK_MS : parseDuration(mark, 'mark');
  }
}

function notInvalidated(cause: unknown): CacheError {
  const message = `${OPERATION}: the source was written, but its keys could not be deleted`;
  return new CacheError('UNAVAILABLE', message, { operation: OPERATION, outcome: 'applied', cause });
}
