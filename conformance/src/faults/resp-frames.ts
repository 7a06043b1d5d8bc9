import { type Direction, Frame, FrameError, type FrameParser, rawFrame } from './frame.ts';

const LF = 10;

/** The type bytes of RESP that somebody here asks for by name. */
export const RespType = { inline: 0, array: 42, push: 62, error: 45 } as const;

const isLine = (type: string): boolean => '+-:_#,('.includes(type);
const isBlob = (type: string): boolean => '$=!'.includes(type);

/**
 * RESP 2 and 3 as frames: requests (arrays of bulk strings, inline commands split at white space without
 * regard to quotes) and replies of every type, pushes and attributes included. Streamed strings and
 * aggregates (`$?`, `*?`), which no server sends, are refused.
 *
 * Nesting needs no stack: a frame is over when no element is owed any more, and an aggregate of n owes n.
 * Blobs are skipped, never searched, so the time is linear in the bytes whatever the chunking.
 */
export class RespParser implements FrameParser {
  readonly #direction: Direction;
  #parts: Buffer[] = [];
  /** Bytes of the current frame in `#parts`. */
  #size = 0;
  /** The beginning of a header line whose end has not come. */
  #line = '';
  /** Bytes still to pass before the current blob and its CRLF are over. */
  #skip = 0;
  /** Elements of the current frame whose header has not been read. */
  #owed = 1;
  #type: number | undefined;
  #ranges: number[] = [];

  constructor(direction: Direction) {
    this.#direction = direction;
  }

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        at += step;
        this.#skip -= step;
      } else {
        const end = chunk.indexOf(LF, at);
        this.#line += chunk.toString('latin1', at, end === -1 ? chunk.length : end);
        at = end === -1 ? chunk.length : end + 1;
        if (end === -1) break;
        this.#header(
          this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line,
          this.#size + at - start,
        );
        this.#line = '';
      }
      if (this.#skip === 0 && this.#owed === 0) {
        frames.push(this.#finish(chunk.subarray(start, at)));
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

  /** @param after the offset in the frame of the byte after this line. */
  #header(line: string, after: number): void {
    const type = line.charAt(0);
    const first = this.#type === undefined;
    if (this.#direction === 'request') {
      if (first && type !== '*') {
        this.#inline(line);
        return;
      }
      if (type !== (first ? '*' : '$'))
        throw new FrameError(`A request has an element of type ${quote(type)}`);
    }
    // An attribute comes before the element that it belongs to, which is therefore still owed.
    if (type === '|') {
      this.#owed += 2 * Math.max(0, count(line));
      return;
    }
    if (first && this.#owed === 1) {
      this.#type = type.charCodeAt(0);
      // The words of an attribute are not the frame's.
      this.#ranges = [];
    }
    this.#owed -= 1;
    if (isBlob(type)) {
      const length = count(line);
      if (length < 0) return;
      this.#skip = length + 2;
      this.#ranges.push(after, after + length);
    } else if (type === '*' || type === '~' || type === '>') {
      this.#owed += Math.max(0, count(line));
    } else if (type === '%') {
      this.#owed += 2 * Math.max(0, count(line));
    } else if (!isLine(type) || type === '') {
      throw new FrameError(`${quote(type)} is not the type of a reply`);
    }
  }

  /** An inline command is one line, so the offsets in the line are those in the frame. */
  #inline(line: string): void {
    for (const word of line.matchAll(/\S+/g)) this.#ranges.push(word.index, word.index + word[0].length);
    this.#type = RespType.inline;
    this.#owed = 0;
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#size += part.length;
  }

  #finish(last: Buffer): Frame {
    this.#keep(last);
    const frame = new Frame({
      parts: this.#parts,
      size: this.#size,
      type: this.#type ?? 0,
      ranges: this.#ranges,
    });
    this.#clear();
    return frame;
  }

  #clear(): void {
    this.#parts = [];
    this.#size = 0;
    this.#line = '';
    this.#skip = 0;
    this.#owed = 1;
    this.#type = undefined;
    this.#ranges = [];
  }
}

const quote = (type: string): string => JSON.stringify(type);

/** The number after a type byte: -1 is the null of RESP 2. */
function count(line: string): number {
  const digits = line.slice(1);
  const n = Number(digits);
  if (!/^(-1|\d{1,15})$/.test(digits)) throw new FrameError(`${quote(digits)} is not a length`);
  return n;
}
