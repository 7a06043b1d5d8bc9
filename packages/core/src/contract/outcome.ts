import type { ErrorCode } from '../error.ts';

/**
 * What became of an effect on the server.
 * `not-applied`: certainly nothing was changed. `applied`: certainly it was.
 * `unknown`: the request may have reached the server, or may still reach it.
 */
export type Effect = 'not-applied' | 'applied' | 'unknown';

/** Why one item of a batch failed, classified by the adapter. Core wraps it into a `CacheError`. */
export interface Failure {
  readonly code: ErrorCode;
  /** For people. Never holds a value or a secret. */
  readonly message: string;
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  readonly outcome: Effect;
  /** What the driver threw. */
  readonly cause?: unknown;
}

/** The result of one item: a dead node fails its items only, so batches never reject as a whole. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Failure };

/** Wraps a value into a successful outcome. */
export function ok<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** Wraps a failure into an unsuccessful outcome. */
export function failed(error: Failure): { readonly ok: false; readonly error: Failure } {
  return { ok: false, error };
}

/** The same failure for every item of a batch of `count`. */
export function allFailed<T>(count: number, error: Failure): Outcome<T>[] {
  return new Array<Outcome<T>>(count).fill(failed(error));
}
