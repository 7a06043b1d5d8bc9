import type { Outcome } from '@cache/core';
import type { MemcachedReply, MemcachedRequest } from './request.ts';

/**
 * What passes by another call's steps on its key: reads, where those keep the value as it is, and additions that the
 * server makes by itself, where those are such, too.
 */
export type Passer = 'reads' | 'additions';

/** What one item of a batch sends next, and what the replies make of it: its outcome, or another step. */
export interface Step<T> {
  readonly requests: readonly MemcachedRequest[];
  /** Whether it can change something, so that a lost answer leaves the outcome unknown. */
  readonly effect: boolean;
  /** Another step may follow: calls on the key wait for it, to keep their order, except these. */
  readonly holds?: readonly Passer[];
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

/** What a step passes as; undefined = it passes nobody. */
export function passerOf<T>({ effect, holds }: Step<T>): Passer | undefined {
  if (holds === undefined) return effect ? undefined : 'reads';
  return holds.includes('additions') ? 'additions' : undefined;
}
