import type { Codec } from '../../codec/codec.ts';
import { readInstant, readUint32, writeInstant, writeUint32 } from '../../entry/layout.ts';
import { CacheError } from '../../error.ts';

/** A write as it was asked for. `value` undefined = a removal. */
export interface WriteRecord<K> {
  readonly key: K;
  /** Encoded, so that nobody can change it any more and that what is applied is the same before and after a restart. */
  readonly value: Uint8Array | undefined;
  /** ms since 1970. */
  readonly acceptedAt: number;
}

// Format, operation, the instant in 48 bits, the length of the key in 32 bits, the key, the value.
const FORMAT = 1;
const OPERATION = { set: 1, delete: 2 } as const;
const HEAD_BYTES = 12;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** How writes lie in a journal. */
export class RecordFormat<K, V> {
  readonly #keys: Codec;
  readonly #values: Codec;

  constructor(keys: Codec, values: Codec) {
    this.#keys = keys;
    this.#values = values;
  }

  /** @throws CacheError `INVALID_VALUE` for what the codec cannot keep */
  value(value: V): Uint8Array {
    if (value === undefined) throw unfit('undefined cannot be stored; use delete, or null', undefined);
    return encode(this.#values, value);
  }

  decodeValue(bytes: Uint8Array): V {
    return decode(this.#values, bytes) as V;
  }

  /** @throws CacheError `INVALID_VALUE` for a key that the codec cannot keep */
  encode({ key, value, acceptedAt }: WriteRecord<K>): Uint8Array {
    const keyBytes = encode(this.#keys, key);
    const bytes = new Uint8Array(HEAD_BYTES + keyBytes.length + (value?.length ?? 0));
    bytes[0] = FORMAT;
    bytes[1] = value === undefined ? OPERATION.delete : OPERATION.set;
    writeInstant(bytes, 2, acceptedAt);
    writeUint32(bytes, 8, keyBytes.length);
    bytes.set(keyBytes, HEAD_BYTES);
    if (value !== undefined) bytes.set(value, HEAD_BYTES + keyBytes.length);
    return bytes;
  }

  /** @throws CacheError `INTERNAL` for what this version cannot read */
  decode(bytes: Uint8Array): WriteRecord<K> {
    const keyEnd = bytes.length < HEAD_BYTES ? Number.POSITIVE_INFINITY : HEAD_BYTES + readUint32(bytes, 8);
    const operation = bytes[1];
    const isKnown = operation === OPERATION.set || operation === OPERATION.delete;
    if (bytes[0] !== FORMAT || !isKnown || keyEnd > bytes.length) {
      throw new CacheError('INTERNAL', 'the journal holds a record that this version cannot read');
    }
    return {
      key: decode(this.#keys, bytes.subarray(HEAD_BYTES, keyEnd)) as K,
      value: operation === OPERATION.set ? bytes.slice(keyEnd) : undefined,
      acceptedAt: readInstant(bytes, 2),
    };
  }
}

function encode(codec: Codec, value: unknown): Uint8Array {
  try {
    if (codec.form === 'bytes') return Uint8Array.from(codec.encode(value));
    const text = codec.encode(value);
    if (!text.isWellFormed()) throw new TypeError('the text holds a lone surrogate, which UTF-8 cannot keep');
    return encoder.encode(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'the codec refused it';
    throw unfit(`cannot be kept in a journal: ${reason}`, cause);
  }
}

function decode(codec: Codec, bytes: Uint8Array): unknown {
  return codec.form === 'bytes' ? codec.decode(bytes) : codec.decode(decoder.decode(bytes));
}

function unfit(message: string, cause: unknown): CacheError {
  return new CacheError('INVALID_VALUE', message, { cause });
}
