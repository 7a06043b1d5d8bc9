import { hashText } from '../text/hash.ts';
import type { Space } from './space.ts';

/**
 * The spaces of one namespace: one, or one a bucket where the adapter spreads over several nodes. Each has a record of
 * its own beside its entries, so no node carries the records of all, and a node that is down takes its buckets alone.
 */
export class Buckets<P> {
  readonly #spaces: (Space<P> | undefined)[];
  readonly #make: (bucket: number) => Space<P>;
  /** The only one. */
  #single: Space<P> | undefined;

  constructor(count: number, make: (bucket: number) => Space<P>) {
    this.#spaces = new Array<Space<P> | undefined>(count).fill(undefined);
    this.#make = make;
  }

  /** Where a caller's key belongs. */
  of(key: string): Space<P> {
    return this.#single ?? this.#spread(key);
  }

  all(): Space<P>[] {
    return this.#spaces.map((_space, bucket) => this.#at(bucket));
  }

  #spread(key: string): Space<P> {
    return this.#at(hashText(key) % this.#spaces.length);
  }

  #at(bucket: number): Space<P> {
    const known = this.#spaces[bucket];
    if (known !== undefined) return known;
    const space = this.#make(bucket);
    this.#spaces[bucket] = space;
    if (this.#spaces.length === 1) this.#single = space;
    return space;
  }
}
