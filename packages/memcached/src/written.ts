import type { MemcachedRequest } from '@cache/memcached-shared';

const HEADER_BYTES = 24;

/** So much is encoded into one piece of memory, unless a single request is larger. */
const PIECE_BYTES = 262_144;

/**
 * Encodes requests, numbered from `opaque` on. memjs' `makeRequestBuffer` makes five buffers a request and has no place
 * for the cas.
 */
export function written(requests: readonly MemcachedRequest[], opaque: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < requests.length; ) {
    let bytes = 0;
    let to = from;
    for (; to < requests.length; to += 1) {
      const own = sizeOf(requests[to] as MemcachedRequest);
      if (bytes > 0 && bytes + own > PIECE_BYTES) break;
      bytes += own;
    }
    const piece = Buffer.allocUnsafe(bytes);
    let at = 0;
    for (; from < to; from += 1)
      at = write(piece, at, requests[from] as MemcachedRequest, (opaque + from) >>> 0);
    pieces.push(piece);
  }
  return pieces;
}

function sizeOf({ key, extras, value }: MemcachedRequest): number {
  return HEADER_BYTES + (key?.length ?? 0) + (extras?.length ?? 0) + (value?.length ?? 0);
}

/** Answers where the next one begins. */
function write(piece: Buffer, at: number, request: MemcachedRequest, opaque: number): number {
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
