/** Which way a frame travels: a request from the client to the server, a reply (or push) back. */
export type Direction = 'request' | 'reply';

/** What a parser knows of a frame when it has seen its last byte. */
export interface FrameShape {
  readonly parts: readonly Buffer[];
  readonly size: number;
  /** RESP: the type byte of the outermost element (0 for an inline command). Memcached: the opcode. Raw: 0. */
  readonly type: number;
  /** Where the words lie in the frame: start and end offsets, flattened and ascending. */
  readonly ranges: readonly number[];
  /** The command name, where it is not the first word. */
  readonly name?: string;
  /** Memcached only: the number that a reply repeats. */
  readonly opaque?: number;
}

/**
 * One whole message of a protocol. The bytes stay in the chunks they arrived in; nothing is copied until
 * somebody asks for a word, or for `bytes`, that lies across two chunks.
 */
export class Frame {
  /** The frame's bytes, in order, as they arrived. */
  readonly parts: readonly Buffer[];
  /** Length in bytes. */
  readonly size: number;
  /** See {@link FrameShape.type}. */
  readonly type: number;
  /** Memcached only, otherwise 0. */
  readonly opaque: number;
  readonly #ranges: readonly number[];
  readonly #name: string | undefined;
  #words: readonly Buffer[] | undefined;
  #command: string | undefined;

  constructor(shape: FrameShape) {
    this.parts = shape.parts;
    this.size = shape.size;
    this.type = shape.type;
    this.opaque = shape.opaque ?? 0;
    this.#ranges = shape.ranges;
    this.#name = shape.name;
  }

  /** The command, upper-cased; of a RESP push its kind (`INVALIDATE`, `MESSAGE`); `''` where there is none. */
  get command(): string {
    this.#command ??=
      this.#name ??
      slices(this.parts, this.#ranges.slice(0, 2))
        .map((word) => word.toString('latin1').toUpperCase())
        .join('');
    return this.#command;
  }

  /** RESP: the blobs after the command, nested ones flattened. Memcached: key and value, each possibly empty. */
  get args(): readonly Buffer[] {
    this.#words ??= slices(this.parts, this.#name === undefined ? this.#ranges.slice(2) : this.#ranges);
    return this.#words;
  }

  /** The whole frame in one Buffer: a copy if it arrived in more than one chunk. */
  get bytes(): Buffer {
    const [only] = this.parts;
    return only !== undefined && this.parts.length === 1 ? only : Buffer.concat(this.parts, this.size);
  }
}

/** Turns chunks of a stream into frames. Incremental: any chunking of the same bytes gives the same frames. */
export interface FrameParser {
  /**
   * Takes the next chunk (and keeps views of it) and returns the frames that it completed.
   * @throws FrameError if the bytes are not of this protocol; the parser must not be used afterwards.
   */
  push(chunk: Buffer): Frame[];
  /** Takes out the bytes of a frame that has begun and not ended, as a frame of no type and no words. */
  flush(): Frame | undefined;
}

/** The stream is not of the protocol that the parser was made for. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** A run of bytes about which nothing is known. */
export function rawFrame(parts: readonly Buffer[], size: number): Frame {
  return new Frame({ parts, size, type: 0, ranges: [], name: '' });
}

/** Cuts ascending ranges out of a list of chunks, in one pass; copies only a range that spans chunks. */
function slices(parts: readonly Buffer[], ranges: readonly number[]): Buffer[] {
  const found: Buffer[] = [];
  let index = 0;
  let base = 0;
  for (let i = 0; i + 1 < ranges.length; i += 2) {
    const from = ranges[i] ?? 0;
    const to = ranges[i + 1] ?? 0;
    let part = parts[index];
    while (part !== undefined && base + part.length <= from) {
      base += part.length;
      part = parts[++index];
    }
    const pieces: Buffer[] = [];
    while (part !== undefined && base < to) {
      pieces.push(part.subarray(Math.max(0, from - base), to - base));
      if (base + part.length >= to) break;
      base += part.length;
      part = parts[++index];
    }
    const [only] = pieces;
    found.push(only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces));
  }
  return found;
}
