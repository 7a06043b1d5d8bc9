/**
 * What must never repeat: stamps and epochs. They come from the host's secure random and a counter, never from the
 * injected random, so that a seeded test or two processes with one seed cannot reuse a version.
 */
const INSTANCE: Uint8Array = secureRandom(8);
let counter = 0;

/** Width of a stamp in bytes. */
export const STAMP_BYTES = 16;

/** Writes 16 bytes that no other write has: 8 random ones of this process, then a 64-bit count. */
export function writeStamp(bytes: Uint8Array, offset = 0): void {
  counter += 1;
  bytes.set(INSTANCE, offset);
  writeUint64(bytes, offset + 8, counter);
}

/** A new random epoch or generation of 8 bytes. */
export function newEpoch(): Uint8Array {
  return secureRandom(8);
}

/** Writes an integer up to 2^53 − 1 as 8 bytes, big-endian. */
export function writeUint64(bytes: Uint8Array, offset: number, value: number): void {
  let rest = value;
  for (let i = offset + 7; i >= offset; i -= 1) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function secureRandom(size: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(size));
}
