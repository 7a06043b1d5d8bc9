/** A codec whose encoded form is text. */
export interface TextCodec<V = unknown> {
  /** At most 255 ASCII characters. Stored with each entry: an entry of another codec is a miss. */
  readonly name: string;
  readonly form: 'text';
  /** Throws for what it cannot keep; core turns that into `INVALID_VALUE`. */
  encode(value: V): string;
  decode(text: string): V;
}

/** A codec whose encoded form is bytes. */
export interface BytesCodec<V = unknown> {
  readonly name: string;
  readonly form: 'bytes';
  encode(value: V): Uint8Array;
  /** Gets a view that it must neither change nor keep. */
  decode(bytes: Uint8Array): V;
}

/** Turns values into what is stored and back. Composable: a codec may wrap another. */
export type Codec<V = unknown> = TextCodec<V> | BytesCodec<V>;
