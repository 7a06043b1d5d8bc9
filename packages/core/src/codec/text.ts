import type { TextCodec } from './codec.ts';

/** Strings as they are, in UTF-8. A lone surrogate is refused, since UTF-8 cannot keep it. */
export const textCodec: TextCodec<string> = {
  name: 'text',
  form: 'text',
  encode(value) {
    if (typeof value !== 'string') throw new TypeError(`the text codec takes strings, not ${typeof value}`);
    if (!value.isWellFormed()) {
      throw new TypeError('the text holds a lone surrogate, which UTF-8 cannot keep');
    }
    return value;
  },
  decode: (text) => text,
};
