/** Beyond so many remembered changes the copies are given up instead. */
const MOST_CHANGES = 10_000;

/** No copy is of this age. */
const NONE = -1;
/** The age of a part that nobody tells of changes any more. */
const LEFT = -2;

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
  /** The longest caller's key that is a local key as it is; -1 = none. */
  readonly longestOwnKey: number;
  readonly #sameEpoch: (one: P, other: P) => boolean;
  /** Copies of an earlier age do not count. */
  #age = 0;
  /** The age of the copies that count now: none while that is not sure. */
  counted = 0;
  /** Counts what was heard. */
  #moment = 0;
  /** The record under which copies are held. */
  #record: P | undefined;
  /** When the record was last changed. */
  #recordMoment = 0;
  readonly #markers: Map<string, number> = new Map();
  /** The changes of values, for the reads under way. */
  readonly #values: Map<string, number> = new Map();
  #reading = 0;

  constructor(longestOwnKey: number, sameEpoch: (one: P, other: P) => boolean) {
    this.longestOwnKey = longestOwnKey;
    this.#sameEpoch = sameEpoch;
  }

  /** Whether nobody tells it of changes any more. */
  get isLeft(): boolean {
    return this.#age === LEFT;
  }

  /** It is told of no further change. */
  leave(): void {
    this.forget();
    this.#age = LEFT;
    this.counted = NONE;
  }

  /** Whether none of the markers was changed after that moment. */
  counts(moment: number, markers: readonly string[]): boolean {
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
    const isKept = read !== undefined && age === this.#age && this.#keeps(moment, read);
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
      this.counted = NONE;
      this.#recordMoment = this.#moment;
    }
    if (this.#markers.size > MOST_CHANGES || this.#values.size > MOST_CHANGES) this.forget();
  }

  /** No copy counts any more, nor what reads under way will answer. */
  forget(): void {
    this.#age += 1;
    this.counted = this.#age;
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
    this.counted = this.#age;
    return read.markers.every((marker) => (this.#markers.get(marker) ?? 0) <= moment);
  }
}
