import type { BytesCodec } from './codec.ts';

/** Bytes as they are. What comes back is a copy of the caller's own. */
export const bytesCodec: BytesCodec<Uint8Array> = {
  name: 'bytes',
  form: 'bytes',
  encode(value) {
    if (!(value instanceof Uint8Array))
      throw new TypeError(`the bytes codec takes a Uint8Array, not ${typeof value}`);
    return value;
  },
  decode: (bytes) => Uint8Array.from(bytes),
};
