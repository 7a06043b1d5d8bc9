/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). Good for a demo, not for secrets. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Picks from a list of which the first are asked for most: the one at rank r with a weight of 1/r, which is how
 * popularity falls off in searches, page views and city sizes (Zipf's law).
 */
export function zipf<T>(items: readonly T[], random: () => number): () => T {
  if (items.length === 0) throw new RangeError('zipf: there is nothing to pick from');
  const sums = new Float64Array(items.length);
  let total = 0;
  for (let rank = 1; rank <= items.length; rank += 1) {
    total += 1 / rank;
    sums[rank - 1] = total;
  }
  return () => items[firstAbove(sums, random() * total)] as T;
}

/** The index of the first sum above a value, found by halving. */
function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
