/** The place of what was not asked for. */
const NOWHERE = -1;

/** Keys that are to be read, each once. */
export class Asked {
  readonly keys: string[] = [];
  readonly #places: Map<string, number> = new Map();
  #record: string | undefined;
  #recordPlace = NOWHERE;

  place(key: string): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.keys.push(key) - 1;
    this.#places.set(key, place);
    return place;
  }

  /** As `place`, for the same key again and again. */
  placeOfRecord(record: string | undefined): number {
    if (record === undefined) return NOWHERE;
    if (record !== this.#record) {
      this.#record = record;
      this.#recordPlace = this.place(record);
    }
    return this.#recordPlace;
  }
}
