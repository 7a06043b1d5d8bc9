import type { Duration } from '../duration.ts';
import { parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';
import { parseTtl } from './life.ts';
import type { CallOptions, EntryOptions } from './options.ts';

/** When values are loaded again, and what is done when that takes long or fails. */
export interface LoadPolicy {
  /**
   * How long a caller waits for the loader where a stale value is at hand; then it gets that one, and the load goes on
   * behind it. Default: as long as the load takes.
   */
  readonly softTimeout?: Duration;
  /** How long a load may take at all; then its signal is aborted and it has failed. Default: 30 s. */
  readonly hardTimeout?: Duration;
  /**
   * The fraction, above 0 and below 1, of its life after which a hit has the value loaded anew behind it, once.
   * Default: no such refresh.
   */
  readonly refreshAt?: number;
  /**
   * Refreshes early at random, the likelier the nearer the end and the longer the load took, so that a fleet does not
   * load at once (XFetch: Vattani, Chierichetti, Lowenstein 2015). 1 is the paper's optimum, more is earlier.
   * Default: 0, no such refresh.
   */
  readonly beta?: number;
  /** How long a loaded null is kept, null = no expiry; false = not at all. Default: as any other value. */
  readonly nullTtl?: Duration | null | false;
  /**
   * How long after a failed load this process does not load the key again: callers get the stale value, or the same
   * error. Default: 1 s where there is a stale value, else not at all.
   */
  readonly failurePause?: Duration;
}

export interface LoadOptions extends CallOptions, EntryOptions, LoadPolicy {}

/** A `LoadPolicy`, checked, in ms. */
export interface LoadPlan {
  readonly softTimeoutMs: number | undefined;
  readonly hardTimeoutMs: number;
  readonly refreshAt: number | undefined;
  readonly beta: number;
  /** undefined = as any other value. */
  readonly nullTtl: number | null | false | undefined;
  readonly failurePauseMs: number | undefined;
}

export const DEFAULT_LOAD_PLAN: LoadPlan = {
  softTimeoutMs: undefined,
  hardTimeoutMs: 30_000,
  refreshAt: undefined,
  beta: 0,
  nullTtl: undefined,
  failurePauseMs: undefined,
};

/** @throws CacheError `INVALID_OPTION` or `INVALID_TTL` */
export function loadPlan(policy: LoadPolicy, defaults: LoadPlan): LoadPlan {
  const { softTimeout, hardTimeout, refreshAt, beta, nullTtl, failurePause } = policy;
  const plan: LoadPlan = {
    softTimeoutMs:
      softTimeout === undefined ? defaults.softTimeoutMs : parseDuration(softTimeout, 'softTimeout'),
    hardTimeoutMs:
      hardTimeout === undefined ? defaults.hardTimeoutMs : parseDuration(hardTimeout, 'hardTimeout'),
    refreshAt: refreshAt === undefined ? defaults.refreshAt : fraction(refreshAt),
    beta: beta === undefined ? defaults.beta : notNegative(beta),
    nullTtl: nullTtl === undefined ? defaults.nullTtl : nullTtl === false ? false : parseTtl(nullTtl),
    failurePauseMs:
      failurePause === undefined ? defaults.failurePauseMs : parseDuration(failurePause, 'failurePause'),
  };
  return plan;
}

function fraction(value: unknown): number {
  if (typeof value === 'number' && value > 0 && value < 1) return value;
  throw new CacheError('INVALID_OPTION', 'refreshAt must be a fraction above 0 and below 1');
}

function notNegative(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new CacheError('INVALID_OPTION', 'beta must be a finite number, 0 or above');
}
