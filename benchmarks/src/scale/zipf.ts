/** Keys of which the first are asked for most: the k-th with a share of 1/k^skew. */
export class Zipf {
  /** The share of a key and of all before it. */
  readonly #upTo: Float64Array;
  readonly #random: () => number;

  constructor(keys: number, skew: number, random: () => number) {
    this.#upTo = Float64Array.from({ length: keys }, (_, key) => (key + 1) ** -skew);
    for (let key = 1; key < keys; key += 1) this.#upTo[key] = this.#at(key) + this.#at(key - 1);
    this.#random = random;
  }

  shareOf(key: number): number {
    return (this.#at(key) - this.#at(key - 1)) / this.#at(this.#upTo.length - 1);
  }

  draw(): number {
    let [low, high] = [0, this.#upTo.length - 1];
    const drawn = this.#random() * this.#at(high);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#at(middle) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #at(key: number): number {
    return this.#upTo[key] ?? 0;
  }
}
