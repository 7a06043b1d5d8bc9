/** Beyond so many remembered changes the copies are given up instead. */
const MOST_CHANGES = 10_000;

/** When a read for a copy began. */
export interface Listened {
  readonly age: number;
  readonly moment: number;
}

/**
 * What was heard of one part of a namespace: whether its copies count. A changed value is dropped at once. A changed tag
 * marker voids the copies that carry the tag. A changed record may mean that everything was forgotten: copies do not
 * count until a later read has shown that its epoch is the same.
 */
export class LocalPart<P> {
  readonly #sameEpoch: (one: P, other: P) => boolean;
  /** Copies of an earlier age do not count. */
  #age = 0;
  /** Counts what was heard. */
  #moment = 0;
  /** The record under which copies are held. */
  #record: P | undefined;
  /** When the record was last changed; it was not read since while `#isSure` does not hold. */
  #recordMoment = 0;
  #isSure = true;
  readonly #markers: Map<string, number> = new Map();
  /** The changes of values, for the reads under way. */
  readonly #values: Map<string, number> = new Map();
  #reading = 0;
  #isLeft = false;

  constructor(sameEpoch: (one: P, other: P) => boolean) {
    this.#sameEpoch = sameEpoch;
  }

  /** Whether nobody tells it of changes any more. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** It is told of no further change. */
  leave(): void {
    this.forget();
    this.#isLeft = true;
  }

  /** Whether a copy of that age and moment counts. */
  counts(age: number, moment: number, markers: readonly string[]): boolean {
    if (age !== this.#age || !this.#isSure || this.#isLeft) return false;
    if (markers.length === 0 || this.#markers.size === 0) return true;
    return markers.every((marker) => (this.#markers.get(marker) ?? 0) <= moment);
  }

  /** A read begins whose answer may be kept; `settled` ends it. */
  listen(): Listened {
    this.#reading += 1;
    return { age: this.#age, moment: this.#moment };
  }

  /** Whether the answer of a read may be kept. @param record as it was read in the same step */
  settled(
    { age, moment }: Listened,
    read: { readonly key: string; readonly record: P; readonly markers: readonly string[] } | undefined,
  ): boolean {
    this.#reading -= 1;
    const isKept = read !== undefined && age === this.#age && !this.#isLeft && this.#keeps(moment, read);
    if (this.#reading === 0) this.#values.clear();
    return isKept;
  }

  /** @param kind of the server key */
  changed(key: string, kind: string): void {
    this.#moment += 1;
    if (kind === 'v' || kind === 'h') {
      if (this.#reading > 0) this.#values.set(key, this.#moment);
    } else if (kind === 't') this.#markers.set(key, this.#moment);
    else if (kind === 'r') {
      this.#isSure = false;
      this.#recordMoment = this.#moment;
    }
    if (this.#markers.size > MOST_CHANGES || this.#values.size > MOST_CHANGES) this.forget();
  }

  /** No copy counts any more, nor what reads under way will answer. */
  forget(): void {
    this.#age += 1;
    this.#isSure = true;
    this.#record = undefined;
    this.#markers.clear();
    this.#values.clear();
  }

  #keeps(
    moment: number,
    read: { readonly key: string; readonly record: P; readonly markers: readonly string[] },
  ): boolean {
    if (moment < this.#recordMoment) return false;
    if ((this.#values.get(read.key) ?? 0) > moment) return false;
    if (this.#record !== undefined && !this.#sameEpoch(this.#record, read.record)) {
      // What is held is of another epoch, and this read is older than the age that begins.
      this.forget();
      return false;
    }
    this.#record = read.record;
    this.#isSure = true;
    return read.markers.every((marker) => (this.#markers.get(marker) ?? 0) <= moment);
  }
}
