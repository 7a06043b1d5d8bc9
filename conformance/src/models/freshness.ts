import type { History } from './history.ts';

/** What a client did, for the oracle of freshness. */
export type FreshnessInput =
  /**
   * The source gets the next version, and at the same instant the cache is asked to forget the last one. `floor`: the
   * version that was in the source by then, where that is another instant.
   */
  | { readonly does: 'invalidate'; floor?(): number }
  /** Answers a version of the source, as it was loaded; or something else, of which nothing is known. */
  | { readonly does: 'read' };

/** The versions of a source, each with the instant at which it was committed. */
export class Source {
  readonly #history: History<FreshnessInput>;
  /** The instant of each version, from 1. */
  readonly #commits: number[] = [0];

  constructor(history: History<FreshnessInput>) {
    this.#history = history;
  }

  get version(): number {
    return this.#commits.length;
  }

  /** Changes the source. */
  commit(): void {
    this.#commits.push(this.#history.now);
  }

  /** The version that held at an instant. */
  versionAt(instant: number): number {
    return this.#commits.filter((at) => at <= instant).length;
  }
}

/**
 * The written oracle of G2: a read that began after an invalidation had resolved never answers a version older than the
 * one that was committed when the invalidation was called. Throws where one did.
 */
export function judgeFreshness({ calls }: Pick<History<FreshnessInput>, 'calls'>, source: Source): void {
  const invalidations = calls.filter(
    ({ input, result }) => input.does === 'invalidate' && result?.status === 'fulfilled',
  );
  for (const { client, says, input, begin, result } of calls) {
    if (input.does !== 'read' || result?.status !== 'fulfilled' || typeof result.value !== 'number') continue;
    for (const before of invalidations) {
      if (before.end >= begin) continue;
      const own = before.input.does === 'invalidate' ? before.input.floor?.() : undefined;
      const floor = own ?? source.versionAt(before.begin);
      if (result.value >= floor) continue;
      throw new Error(
        `${client}’s ${says} answered version ${result.value}, though version ${floor} was in the source ` +
          `when ${before.client}’s ${before.says} was called, which had resolved before`,
      );
    }
  }
}
