import type { Outcome } from '@cache/core';
import type { MemcachedReply, MemcachedRequest } from './request.ts';

/** What one item of a batch sends next, and what the replies make of it: its outcome, or another step. */
export interface Step<T> {
  readonly requests: readonly MemcachedRequest[];
  /** Whether it can change something, so that a lost answer leaves the outcome unknown. */
  readonly effect: boolean;
  /** Whether another step may follow: calls on the key then wait for it, to keep their order. */
  readonly goesOn?: boolean;
  /** What the outcome is where no answer comes; otherwise a failure that tells of the effect. */
  readonly otherwise?: Outcome<T>;
  /** The replies are positional; undefined = a quiet request that was answered by silence. */
  next(replies: readonly (MemcachedReply | undefined)[]): Outcome<T> | Step<T>;
}

/** What an item begins with on a connection. An outcome at once, for what is not to be sent at all. */
export type Plan<I, T> = (item: I, epoch: number) => Outcome<T> | Step<T>;

export function isOutcome<T>(next: Outcome<T> | Step<T>): next is Outcome<T> {
  return 'ok' in next;
}
