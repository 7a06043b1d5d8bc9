import {
  allFailed,
  type Call,
  type ConnectionEvent,
  type Failure,
  failed,
  type Outcome,
  ok,
} from '@cache/core';
import { failureOf } from './failure.ts';
import type { RedisArgument, RedisCommand, RedisLink, RedisReply } from './link.ts';

/** The replies, or why there are none. */
export type Answer = { readonly replies: readonly RedisReply[] } | { readonly failure: Failure };

/** What one step of a scan brought; without `next` it was the last. */
export interface ScanStep {
  readonly keys: readonly RedisReply[];
  readonly next: string | undefined;
}

/** What one server answered. */
export interface Told {
  readonly endpoint: string;
  readonly reply: RedisReply;
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
  /** Asks every master. */
  everywhere(command: RedisCommand, call: Call): Promise<Outcome<Told>[]>;
  /** Resolves once commands are taken. */
  ready(call: Call): Promise<void>;
  on(listener: (event: ConnectionEvent) => void): () => void;
  /** Tells whoever listens to the connection. */
  tell(event: ConnectionEvent): void;
  /** Links to the masters, as far as they are known: the same object for the same node. */
  masters(): readonly RedisLink[];
  /** Hears when the masters may be others. Gives the function that ends this. */
  watch(listener: () => void): () => void;
  close(): Promise<void>;
}

/** What each of some servers answered to one command that only reads. */
export function toldBy(endpoints: readonly string[], answer: Answer): Outcome<Told>[] {
  if ('failure' in answer) return allFailed(endpoints.length, answer.failure);
  return endpoints.map((endpoint, index) => {
    const reply = answer.replies[index];
    return reply instanceof Error ? failed(failureOf(reply, false)) : ok({ endpoint, reply });
  });
}
