import type { Call, ConnectionEvent, Failure, Outcome } from '@cache/core';
import type { RedisArgument, RedisCommand, RedisReply } from './link.ts';

/** The replies, or why there are none. */
export type Answer = { readonly replies: readonly RedisReply[] } | { readonly failure: Failure };

/** What one step of a scan brought; without `next` it was the last. */
export interface ScanStep {
  readonly keys: readonly RedisReply[];
  readonly next: string | undefined;
}

/** What an adapter runs its commands through: one server, or a cluster. */
export interface Route {
  /**
   * Sends commands, those of a key in order, and answers by the call's deadline. In the place of a reply stands an
   * `Error` where a command failed; in that of MGET, stands one for each key that failed.
   * @param effect whether they can change something, so that a lost answer leaves the outcome unknown
   */
  run(commands: readonly RedisCommand[], call: Call, effect: boolean): Promise<Answer>;
  /** @param cursor undefined to begin, then what the last step gave @param how the arguments after the cursor */
  scan(cursor: string | undefined, how: readonly RedisArgument[], call: Call): Promise<Outcome<ScanStep>>;
  /** Resolves once commands are taken. */
  ready(call: Call): Promise<void>;
  on(listener: (event: ConnectionEvent) => void): () => void;
  close(): Promise<void>;
}

/** Stands for the reply of a command that has failed on its way, and says how. */
export class RouteFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}
