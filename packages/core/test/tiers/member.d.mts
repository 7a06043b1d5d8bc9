import type { Cache } from '@cache/core';
import type { Seen } from './oracle.ts';

/** What one of a fleet saw. */
export interface Answer {
  readonly log: readonly Seen[];
  readonly hits: number;
}

export interface MemberOptions {
  readonly index: number;
  /** How many there are. */
  readonly members: number;
  readonly keys: number;
  readonly tags: number;
  readonly seed: number;
  /** Waited for before each step. Default: nothing. */
  readonly ready?: () => Promise<void>;
}

export interface Member {
  run(ms: number): Promise<Answer>;
  /** The version of each key. */
  all(): Promise<number[]>;
}

/** Numbers from 0 to 1. */
export function seeded(seed: number): () => number;

export function memberOf(cache: Cache, options: MemberOptions): Member;
