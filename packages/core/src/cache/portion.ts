/** How many bytes of entries are held at once. */
const MOST_BYTES = 4 * 1_048_576;
const MOST_ENTRIES = 1000;

/**
 * How many entries to ask for at once where there may be any number of any size: few at first, then as many as fit by
 * the size of those that came.
 */
export class Portion {
  #entries = 32;

  /** Cuts a list, each piece as long as is right when its turn comes. */
  *of<T>(list: readonly T[]): Generator<T[], void, undefined> {
    for (let at = 0; at < list.length; ) {
      const piece = list.slice(at, at + this.#entries);
      at += piece.length;
      yield piece;
    }
  }

  /** @param sizes in bytes, of one piece; 0 for what takes no room of its own */
  learn(sizes: readonly number[]): void {
    if (sizes.length === 0) return;
    const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    const fitting = Math.floor(MOST_BYTES / Math.max(1, average));
    this.#entries = Math.max(1, Math.min(fitting, 4 * this.#entries, MOST_ENTRIES));
  }
}
