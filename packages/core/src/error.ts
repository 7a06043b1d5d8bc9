import type { Effect, Failure } from './contract/outcome.ts';

/** Every code and what it means. Act upon the code, never upon the message. */
export const ERROR_CODES = {
  INVALID_KEY: 'the key is not a non-empty, well-formed string within the limit',
  INVALID_VALUE: 'the value cannot be stored, or not by this codec',
  INVALID_TTL: 'a duration or instant is not one, or is out of range',
  INVALID_OPTION: 'an option or argument is not what the method takes',
  VALUE_TOO_LARGE: 'the encoded value exceeds the limit of the server',
  OUT_OF_RANGE: 'a number leaves the range that is exact',
  WRONG_TYPE: 'the key holds something of another kind',
  UNSUPPORTED: 'the adapter has no such facet',
  CLOSED: 'the cache or adapter was closed',
  ABORTED: "the caller's signal was aborted",
  TIMEOUT: 'the deadline passed after the request was handed over',
  UNAVAILABLE: 'the server could not be reached before the deadline, or the connection was lost',
  REENTRANT: 'a loader waits, directly or through other loads, for the key that it is to load',
  BUSY: 'too many calls are under way, or others kept changing the key',
  SERVER: 'the server answered with an error',
  PARTIAL: 'some items of a batch failed; `failures` has each by its key',
  INTERNAL: 'an adapter or codec broke its contract',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface CacheErrorOptions {
  readonly operation?: string | undefined;
  readonly key?: string | undefined;
  readonly retryable?: boolean;
  readonly outcome?: Effect;
  readonly cause?: unknown;
  readonly failures?: ReadonlyMap<string, CacheError>;
}

// Shared by every copy of this package in a process, so that `instanceof` survives a duplicated dependency.
const BRAND = Symbol.for('@cache/core/CacheError');

/** The one error of this library. Its message names the key and the limit, never a value or a secret. */
export class CacheError extends Error {
  /** What happened; stable across versions. */
  readonly code: ErrorCode;
  /** The method that was called, such as `set`. */
  readonly operation: string | undefined;
  /** The key as the caller wrote it, cut to 200 characters. */
  readonly key: string | undefined;
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** What became of the effect. Reads are always `not-applied`. */
  readonly outcome: Effect;
  /** With `PARTIAL`: the failures by key. */
  readonly failures: ReadonlyMap<string, CacheError> | undefined;

  constructor(code: ErrorCode, message: string, options: CacheErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.operation = options.operation;
    this.key = options.key === undefined ? undefined : shorten(options.key);
    this.retryable = options.retryable ?? false;
    this.outcome = options.outcome ?? 'not-applied';
    this.failures = options.failures;
    Object.defineProperty(this, BRAND, { value: true });
  }

  override get name(): string {
    return 'CacheError';
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A subclass of an application is told by its prototype, as usual.
    if (this !== CacheError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** Wraps what an adapter classified into what the caller sees. */
export function wrapFailure(failure: Failure, operation: string, key: string | undefined): CacheError {
  const about = key === undefined ? operation : `${operation} ${quoteKey(key)}`;
  return new CacheError(failure.code, `${about}: ${failure.message}`, { ...failure, operation, key });
}

/** The failure that an error stands for: the inverse of `wrapFailure`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CacheError) {
    const { code, message, retryable, outcome, cause } = error;
    return { code, message, retryable, outcome, cause };
  }
  const message = `unexpected: ${error instanceof Error ? error.message : String(error)}`;
  return { code: 'INTERNAL', message, retryable: false, outcome: 'unknown', cause: error };
}

/** A key as messages show it: quoted, control characters escaped, cut. */
export function quoteKey(key: string): string {
  return JSON.stringify(shorten(key));
}

function shorten(key: string): string {
  return key.length <= 200 ? key : `${key.slice(0, 199)}…`;
}
