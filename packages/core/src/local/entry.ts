import { Answering } from '../entry/answering.ts';

/** A copy of a value in the memory of this process. Its fields are plain data, since a store may clone or freeze it. */
export class LocalEntry extends Answering {
  /** Until when it counts, in the tier's own time: no longer than it is fresh. */
  readonly until: number;
  /** The age of its part of the namespace when its read began: copies of an earlier one do not count. */
  readonly age: number;
  /** Which codec and schema made the value. */
  readonly reader: number;
  /** The server keys of its tags' markers. */
  readonly markers: readonly string[];
  /** How many changes had been heard of when its read began. */
  readonly moment: number;
  readonly about: LocalAbout;

  constructor({ value, reader, until, age, moment, markers, about }: LocalFields) {
    super(value);
    this.until = until;
    this.age = age;
    this.reader = reader;
    this.markers = markers;
    this.moment = moment;
    this.about = about;
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
