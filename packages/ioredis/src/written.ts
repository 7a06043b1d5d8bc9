import { bufferOf, type RedisCommand } from '@cache/redis-shared';
import { Command } from 'ioredis';

/** A command of the driver that was encoded already: the first of several carries the bytes of all. */
export class Written extends Command {
  readonly #bytes: string | Buffer;

  constructor([name, ...args]: RedisCommand, bytes: string | Buffer) {
    super(name, args.map(bufferOf), { replyEncoding: null });
    this.#bytes = bytes;
  }

  /** Whether it carries bytes; those of the others are with one before them. */
  get carries(): boolean {
    return this.#bytes.length > 0;
  }

  override toWritable(): string | Buffer {
    return this.#bytes;
  }
}

/** So much is encoded into one piece of memory, unless a single command is larger. */
const PIECE_BYTES = 262_144;

/**
 * Makes commands of the driver, in order. It encodes each into memory of its own and hands each to the socket, which
 * costs more than all the rest; here they are encoded together, and the first one of a piece has it.
 */
export function written(commands: readonly RedisCommand[]): Written[] {
  const all: Written[] = [];
  for (let from = 0; from < commands.length; ) {
    const piece = new Piece();
    let to = from;
    while (to < commands.length && piece.bytes < PIECE_BYTES) {
      piece.add(commands[to] as RedisCommand);
      to += 1;
    }
    for (let at = from; at < to; at += 1) {
      all.push(new Written(commands[at] as RedisCommand, at === from ? piece.encode() : ''));
    }
    from = to;
  }
  return all;
}

/** Commands in the form of RESP: text as long as it is text, and the bytes between. */
class Piece {
  bytes = 0;
  readonly #parts: (string | Uint8Array)[] = [];
  #text = '';

  add(command: RedisCommand): void {
    this.#text += `*${command.length}\r\n`;
    for (const argument of command) {
      if (typeof argument === 'string') {
        const size = Buffer.byteLength(argument);
        this.#text += `$${size}\r\n${argument}\r\n`;
        this.bytes += size;
      } else {
        this.#parts.push(`${this.#text}$${argument.length}\r\n`, argument);
        this.#text = '\r\n';
        this.bytes += argument.length;
      }
    }
  }

  /** One text where there are no bytes, since the socket takes text as it is. */
  encode(): string | Buffer {
    if (this.#parts.length === 0) return this.#text;
    this.#parts.push(this.#text);
    let size = 0;
    for (const part of this.#parts) size += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
    const encoded = Buffer.allocUnsafe(size);
    let at = 0;
    for (const part of this.#parts) {
      if (typeof part === 'string') at += encoded.write(part, at);
      else {
        encoded.set(part, at);
        at += part.length;
      }
    }
    return encoded;
  }
}
