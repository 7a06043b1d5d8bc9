import type { Reply } from './memjs.ts';

/** Requests of the binary protocol. */
export const OPCODE = {
  set: 0x01,
  add: 0x02,
  replace: 0x03,
  delete: 0x04,
  increment: 0x05,
  decrement: 0x06,
  get: 0x00,
  /** Answered on a hit or an error alone. */
  getQuietly: 0x09,
  noop: 0x0a,
  stat: 0x10,
  touch: 0x1c,
} as const;

export interface Request {
  readonly opcode: number;
  readonly key?: Buffer;
  readonly extras?: Buffer;
  readonly value?: Uint8Array;
  /** 8 bytes; the server acts only where its own is the same. */
  readonly cas?: Buffer | undefined;
  /** Hears every reply, where there is more than one. */
  readonly hear?: (reply: Reply) => void;
}

export const NOOP: Request = { opcode: OPCODE.noop };

const HEADER_BYTES = 24;

/** So much is encoded into one piece of memory, unless a single request is larger. */
const PIECE_BYTES = 262_144;

/**
 * Encodes requests, numbered from `opaque` on. memjs' `makeRequestBuffer` makes five buffers a request and has no place
 * for the cas.
 */
export function encode(requests: readonly Request[], opaque: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < requests.length; ) {
    let bytes = 0;
    let to = from;
    for (; to < requests.length; to += 1) {
      const own = sizeOf(requests[to] as Request);
      if (bytes > 0 && bytes + own > PIECE_BYTES) break;
      bytes += own;
    }
    const piece = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (; from < to; from += 1) at = write(piece, at, requests[from] as Request, (opaque + from) >>> 0);
    pieces.push(piece);
  }
  return pieces;
}

function sizeOf({ key, extras, value }: Request): number {
  return HEADER_BYTES + (key?.length ?? 0) + (extras?.length ?? 0) + (value?.length ?? 0);
}

/** Answers where the next one begins. */
function write(piece: Buffer, at: number, request: Request, opaque: number): number {
  const { opcode, key, extras, value, cas } = request;
  const end = at + sizeOf(request);
  piece.fill(0, at, at + HEADER_BYTES);
  piece[at] = 0x80;
  piece[at + 1] = opcode;
  piece.writeUInt16BE(key?.length ?? 0, at + 2);
  piece[at + 4] = extras?.length ?? 0;
  piece.writeUInt32BE(end - at - HEADER_BYTES, at + 8);
  piece.writeUInt32BE(opaque, at + 12);
  if (cas !== undefined) piece.set(cas, at + 16);
  let offset = at + HEADER_BYTES;
  for (const part of [extras, key, value]) {
    if (part === undefined) continue;
    piece.set(part, offset);
    offset += part.length;
  }
  return end;
}
