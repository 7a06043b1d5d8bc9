import type { Costs } from './costs.ts';

/** What each process does. */
export interface Workload {
  readonly readsPerSecond: number;
  readonly changesPerSecond: number;
  readonly keys: number;
  readonly skew: number;
  readonly localEntries: number;
  /** Life of an entry. */
  readonly ttlMs: number;
  /** How long a load takes, of what the cache is in front of. */
  readonly loadMs: number;
}

/** How the fleet is set up. */
export interface Setup {
  readonly bus: 'tracking' | 'pubsub' | 'none';
  /** 0 = there is no local tier. Default: as long as the entry lives. */
  readonly localTtlMs?: number;
  /** Servers among which the keys are divided; each process listens to all. Default: 1. */
  readonly nodes?: number;
  /** What is done about a key that has changed. Default: `delete`. */
  readonly change?: 'delete' | 'set';
}

/** How large a fleet is, what it does and what that costs. */
export interface Given extends Required<Setup> {
  readonly size: number;
  readonly workload: Workload;
  readonly costs: Costs;
}
