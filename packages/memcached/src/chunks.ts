import type { MemjsServer } from './client.ts';

const NOTHING = Buffer.alloc(0);
const HEADER_BYTES = 24;

/**
 * Joins chunks when a message is whole. The driver's own copies everything it holds with every chunk, so that the cost
 * of a large value grows with the square of its size.
 */
export function joinOnce(server: MemjsServer): MemjsServer['appendToBuffer'] {
  let chunks: Buffer[] = [];
  let size = 0;
  let needed = HEADER_BYTES;
  return (chunk) => {
    if (chunks.length === 0 && server.responseBuffer.length > 0) {
      chunks.push(server.responseBuffer);
      size = server.responseBuffer.length;
    }
    chunks.push(chunk);
    size += chunk.length;
    if (size < needed) return NOTHING;
    const joined = chunks.length === 1 ? chunk : Buffer.concat(chunks, size);
    needed = HEADER_BYTES + joined.readUInt32BE(8);
    if (size < needed) {
      chunks = [joined];
      return NOTHING;
    }
    chunks = [];
    size = 0;
    needed = HEADER_BYTES;
    server.responseBuffer = joined;
    return joined;
  };
}
