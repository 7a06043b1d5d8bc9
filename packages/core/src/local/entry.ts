/** A copy of a value in the memory of this process. Its fields are plain data, since a store may clone or freeze it. */
export class LocalEntry {
  // What a hit asks for comes first, in one line of the processor's cache.
  /** Made at the first hit. Out of reach of who clones or freezes. */
  #answer: Promise<unknown> | undefined;
  /** Until when it counts, in the tier's own time: no longer than it is fresh. */
  readonly until: number;
  /** The age of its part of the namespace when its read began: copies of an earlier one do not count. */
  readonly age: number;
  /** Which codec and schema made the value. */
  readonly reader: number;
  /** The server keys of its tags' markers. */
  readonly markers: readonly string[];
  readonly value: unknown;
  /** How many changes had been heard of when its read began. */
  readonly moment: number;
  readonly about: LocalAbout;

  constructor({ value, reader, until, age, moment, markers, about }: LocalFields) {
    this.until = until;
    this.age = age;
    this.reader = reader;
    this.markers = markers;
    this.value = value;
    this.moment = moment;
    this.about = about;
  }

  /**
   * The value as a call answers it: one promise for all hits, since resolving another one with an object looks for a
   * `then` on it, which costs as much as all else of a hit. A clone has none.
   */
  static answer(entry: LocalEntry): Promise<unknown> {
    return #answer in entry
      ? (entry.#answer ?? entry.#first())
      : Promise.resolve((entry as LocalEntry).value);
  }

  #first(): Promise<unknown> {
    this.#answer = Promise.resolve(this.value);
    return this.#answer;
  }
}

/** What a copy is made of. */
type LocalFields = { readonly [Field in keyof LocalEntry]: LocalEntry[Field] };

/** What is known of the entry on the server. */
export interface LocalAbout {
  readonly createdAt: number;
  readonly freshUntil: number;
  readonly loadMs: number;
  readonly tags: readonly string[];
  readonly codec: string;
  readonly version: string;
}
