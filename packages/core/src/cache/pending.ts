import type { Removal, Stored, Touch, Write, WriteResult } from '../contract/adapter.ts';
import type { Failure, Outcome } from '../contract/outcome.ts';
import { toFailure } from '../error.ts';

/** One call that waits for its answer, which comes once. */
export interface Pending {
  readonly timeoutMs: number;
  /** When its time ends, on the monotonic clock; undefined = its time does not run yet. */
  deadline: number | undefined;
  settled: boolean;
  /** Whether the adapter has it, so that its effect may come about. */
  sent: boolean;
  /** Runs when the call settles. */
  release: (() => void) | undefined;
  fail(failure: Failure): void;
}

export interface PendingRead<P> extends Pending {
  readonly key: string;
  /** The key of the namespace record that is to be read in the same step. */
  readonly record: string | undefined;
  /** Whether a replica may answer. */
  readonly mayLag: boolean;
  done(stored: Stored<P> | undefined, record: Stored<P> | undefined): void;
}

export interface PendingWrite<P> extends Pending {
  readonly item: Write<P>;
  /** Asked when it is handed over: then it is refused, as by its condition. */
  readonly isRevoked: (() => boolean) | undefined;
  /** The key of the namespace record that is to be read in the same step. */
  readonly record: string | undefined;
  done(result: WriteResult, record: Outcome<Stored<P> | undefined> | undefined): void;
}

export interface PendingItem<I extends Removal | Touch> extends Pending {
  readonly item: I;
  done(result: boolean): void;
}

/** Whether the answer is the first one. */
export function settle(pending: Pending): boolean {
  if (pending.settled) return false;
  pending.settled = true;
  pending.release?.();
  return true;
}

/** Answers with a failure, unless the call was answered before. */
export function settleFailed(pending: Pending, failure: Failure): void {
  if (settle(pending)) pending.fail(failure);
}

/** An answer that its receiver cannot take is the adapter's fault, and settles the call all the same. */
export function untakeable(pending: Pending, error: unknown): void {
  pending.fail(toFailure(error));
}

/**
 * How long after the deadline core still waits for the adapter's own answer, which knows better what became of the
 * request than core's clock does.
 */
export const ANSWER_GRACE_MS = 25;

/** The adapter has it, but did not answer. */
export function timedOut(timeoutMs: number, effect: boolean): Failure {
  const message = `no answer within ${timeoutMs} ms`;
  return { code: 'TIMEOUT', message, retryable: true, outcome: effect ? 'unknown' : 'not-applied' };
}

/** There was no place for it. */
export function tooBusy(timeoutMs: number): Failure {
  const message = `waited ${timeoutMs} ms for one of the calls under way to end; raise maxConcurrency or timeout`;
  return { code: 'BUSY', message, retryable: true, outcome: 'not-applied' };
}
