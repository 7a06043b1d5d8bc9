/**
 * UTF-8 on the fastest means that the host has: Node's Buffer where there is one, else TextEncoder and TextDecoder.
 * No `node:` import, so that the main entry runs in any JavaScript host.
 */
const hasBuffer = typeof Buffer === 'function';
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** How many bytes a well-formed string takes in UTF-8. */
export function byteLength(text: string): number {
  return hasBuffer ? Buffer.byteLength(text, 'utf8') : encoder.encode(text).length;
}

/** Uninitialized bytes: the caller writes every one of them. */
export function allocate(size: number): Uint8Array {
  return hasBuffer ? Buffer.allocUnsafe(size) : new Uint8Array(size);
}

/** Writes text that is known to fit; how many bytes that took. */
export function writeText(bytes: Uint8Array, offset: number, text: string): number {
  if (hasBuffer && bytes instanceof Buffer) return bytes.write(text, offset, 'utf8');
  return encoder.encodeInto(text, bytes.subarray(offset)).written;
}

/** The text between two offsets. @param ascii known to be ASCII alone, which is faster */
export function readText(bytes: Uint8Array, start: number, end: number, ascii = false): string {
  if (!hasBuffer) return decoder.decode(bytes.subarray(start, end));
  const buffer =
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString(ascii ? 'latin1' : 'utf8', start, end);
}

/** The UTF-8 bytes of a text. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}
