/** A copy of a value in the memory of this process. Plain data, since a store may clone or freeze it. */
export interface LocalEntry {
  readonly value: unknown;
  /** Which codec and schema made the value. */
  readonly reader: number;
  /** Until when it counts, on the monotonic clock: no longer than it is fresh. */
  readonly until: number;
  /** The age of its part of the namespace when its read began: copies of an earlier one do not count. */
  readonly age: number;
  /** How many changes had been heard of then. */
  readonly moment: number;
  /** The server keys of its tags' markers. */
  readonly markers: readonly string[];
  readonly about: LocalAbout;
}

/** What is known of the entry on the server. */
export interface LocalAbout {
  readonly createdAt: number;
  readonly freshUntil: number;
  readonly loadMs: number;
  readonly tags: readonly string[];
  readonly codec: string;
  readonly version: string;
}
