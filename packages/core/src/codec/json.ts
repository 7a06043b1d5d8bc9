import type { TextCodec } from './codec.ts';

export interface JsonCodecOptions {
  /** As of `JSON.stringify`. */
  readonly replacer?: (this: unknown, key: string, value: unknown) => unknown;
  /** As of `JSON.parse`. */
  readonly reviver?: (this: unknown, key: string, value: unknown) => unknown;
}

/**
 * JSON, which promises JSON equality: what comes back serializes to the same text as what went in. A value that JSON
 * has no text for (undefined, a function, a symbol, a BigInt, a circle) is refused. `JSON.parse` makes `__proto__` an
 * ordinary property, so decoding cannot pollute a prototype.
 */
export function jsonCodec(options: JsonCodecOptions = {}): TextCodec {
  const { replacer, reviver } = options;
  return {
    name: 'json',
    form: 'text',
    encode(value) {
      const text: string | undefined = JSON.stringify(value, replacer);
      if (text === undefined) throw new TypeError(`JSON has no text for ${typeof value}`);
      return text;
    },
    decode: reviver === undefined ? (text) => JSON.parse(text) : (text) => JSON.parse(text, reviver),
  };
}
