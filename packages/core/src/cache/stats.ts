import type { Clock } from '../clock.ts';

/** Counts since the cache was made, over all its namespaces. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  /** hits / (hits + misses), 0 before the first read. */
  readonly hitRate: number;
  readonly writes: number;
  readonly removals: number;
  readonly loads: number;
  readonly loadFailures: number;
  /** Calls that failed, told to the caller or swallowed. */
  readonly errors: number;
  /** Wall clock, ms. */
  readonly updatedAt: number;
}

/** The counters behind `stats()`. */
export class Counts {
  hits = 0;
  misses = 0;
  writes = 0;
  removals = 0;
  loads = 0;
  loadFailures = 0;
  errors = 0;

  snapshot(clock: Clock): CacheStats {
    const reads = this.hits + this.misses;
    return { ...this, hitRate: reads === 0 ? 0 : this.hits / reads, updatedAt: clock.now() };
  }
}
