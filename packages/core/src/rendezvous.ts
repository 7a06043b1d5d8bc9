import { hashText, mixBits } from './text/hash.ts';

/**
 * Divides keys among places: each belongs to the place that scores highest for it (rendezvous hashing, Thaler and
 * Ravishankar 1996). So a place that is added takes its share of the keys from each of the others, and no other key
 * moves. It depends on the places' names alone, not on their order.
 */
export class Rendezvous {
  readonly #seeds: readonly number[];

  constructor(names: readonly string[]) {
    this.#seeds = names.map(hashText);
  }

  /** The index of the place that a key belongs to. */
  placeOf(key: string): number {
    const hash = hashText(key);
    let best = 0;
    let highest = -1;
    this.#seeds.forEach((seed, index) => {
      const score = mixBits(hash ^ seed);
      if (score <= highest) return;
      highest = score;
      best = index;
    });
    return best;
  }
}
