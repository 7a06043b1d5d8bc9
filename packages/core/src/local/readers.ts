import type { Codec } from '../codec/codec.ts';
import type { StandardSchema } from '../schema.ts';

const NO_SCHEMA = {};

/** Numbers for what makes values of entries: a copy counts only for readers with the same codec and schema. */
export class Readers {
  readonly #numbers: WeakMap<Codec, WeakMap<object, number>> = new WeakMap();
  #last = 0;

  of(codec: Codec, schema: StandardSchema | undefined): number {
    let own = this.#numbers.get(codec);
    if (own === undefined) {
      own = new WeakMap();
      this.#numbers.set(codec, own);
    }
    const known = own.get(schema ?? NO_SCHEMA);
    if (known !== undefined) return known;
    this.#last += 1;
    own.set(schema ?? NO_SCHEMA, this.#last);
    return this.#last;
  }
}
