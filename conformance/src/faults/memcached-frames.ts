import { type Direction, Frame, FrameError, type FrameParser, rawFrame } from './frame.ts';

const HEADER = 24;

/** In the order of their opcodes, from 0. */
const NAMES = (
  'GET SET ADD REPLACE DELETE INCREMENT DECREMENT QUIT FLUSH GETQ NOOP VERSION GETK GETKQ APPEND PREPEND STAT ' +
  'SETQ ADDQ REPLACEQ DELETEQ INCREMENTQ DECREMENTQ QUITQ FLUSHQ APPENDQ PREPENDQ VERBOSITY TOUCH GAT GATQ'
).split(' ');

/** `GET`, `SETQ`, ... of an opcode, or `0x7f` if it has no name here. */
export function opcodeName(opcode: number): string {
  if (opcode === 0x23) return 'GATK';
  if (opcode === 0x24) return 'GATKQ';
  return NAMES[opcode] ?? `0x${opcode.toString(16).padStart(2, '0')}`;
}

/**
 * The memcached binary protocol as frames: a header of 24 bytes and the body whose length it gives. The words
 * of a frame are its key and its value, either possibly empty; the extras are left to `bytes`.
 */
export class MemcachedParser implements FrameParser {
  readonly #magic: number;
  readonly #header: Buffer = Buffer.alloc(HEADER);
  #parts: Buffer[] = [];
  #size = 0;
  /** Length of the current frame; unknown, and taken for its header's, until the header is whole. */
  #whole: number = HEADER;

  constructor(direction: Direction) {
    this.#magic = direction === 'request' ? 0x80 : 0x81;
  }

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      const seen = this.#size + at - start;
      const step = Math.min(this.#whole - seen, chunk.length - at);
      at += step;
      if (seen < HEADER) {
        chunk.copy(this.#header, seen, at - step, at);
        if (seen + step === HEADER) this.#whole = HEADER + this.#body();
      }
      if (seen + step === this.#whole) {
        this.#keep(chunk.subarray(start, at));
        frames.push(this.#finish());
        start = at;
      }
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return frames;
  }

  flush(): Frame | undefined {
    if (this.#size === 0) return undefined;
    const rest = rawFrame(this.#parts, this.#size);
    this.#clear();
    return rest;
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#size += part.length;
  }

  #body(): number {
    const magic = this.#header.readUInt8(0);
    if (magic !== this.#magic) throw new FrameError(`0x${magic.toString(16)} does not begin a frame`);
    return this.#header.readUInt32BE(8);
  }

  #finish(): Frame {
    const opcode = this.#header.readUInt8(1);
    const key = HEADER + this.#header.readUInt8(4);
    const value = key + this.#header.readUInt16BE(2);
    const frame = new Frame({
      parts: this.#parts,
      size: this.#size,
      type: opcode,
      // A header whose lengths exceed its body must not reach beyond the frame.
      ranges: [
        Math.min(key, this.#size),
        Math.min(value, this.#size),
        Math.min(value, this.#size),
        this.#size,
      ],
      name: opcodeName(opcode),
      opaque: this.#header.readUInt32BE(12),
    });
    this.#clear();
    return frame;
  }

  #clear(): void {
    this.#parts = [];
    this.#size = 0;
    this.#whole = HEADER;
  }
}
