/**
 * The byte table of an entry: CONTRACT.md has the same, and a test holds the two together. Integers are unsigned and
 * big-endian; instants are ms since 1970 in 48 bits, all ones = never.
 */
export const LAYOUT = {
  stamp: { at: 0, bytes: 16 },
  format: { at: 16, bytes: 1 },
  kind: { at: 17, bytes: 1 },
  flags: { at: 18, bytes: 2 },
  headLength: { at: 20, bytes: 4 },
  createdAt: { at: 24, bytes: 6 },
  freshUntil: { at: 30, bytes: 6 },
  keptUntil: { at: 36, bytes: 6 },
  slidingMs: { at: 42, bytes: 6 },
  epoch: { at: 48, bytes: 8 },
  sequence: { at: 56, bytes: 8 },
  loadMs: { at: 64, bytes: 4 },
  codec: { at: 68, bytes: 1 },
  reserved: { at: 69, bytes: 1 },
  tagCount: { at: 70, bytes: 2 },
} as const;

/** Where the variable fields begin. */
export const FIXED_BYTES = 72;

/** The format that this version writes, and the only one it reads. */
export const FORMAT = 1;

export const FLAG = { sliding: 1, hashedKey: 2, validators: 4, asciiValue: 8 } as const;

/** Bits that must be 0: an entry with another one is of a future that we cannot read. */
export const KNOWN_FLAGS = 15;

/** Codecs with a number of their own; any other is named after the fixed fields. */
export const CODEC_ID: ReadonlyMap<string, number> = new Map([
  ['bytes', 1],
  ['text', 2],
  ['json', 3],
]);

export const NAMED_CODEC = 255;

const NEVER = 2 ** 48 - 1;

export function readUint16(bytes: Uint8Array, at: number): number {
  return (byte(bytes, at) << 8) | byte(bytes, at + 1);
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at) * 65_536 + readUint16(bytes, at + 2);
}

export function readUint48(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at) * 4_294_967_296 + readUint32(bytes, at + 2);
}

/** Exact below 2^53, which is all that is ever written. */
export function readUint64(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) * 4_294_967_296 + readUint32(bytes, at + 4);
}

export function readInstant(bytes: Uint8Array, at: number): number {
  const value = readUint48(bytes, at);
  return value === NEVER ? Number.POSITIVE_INFINITY : value;
}

export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  writeUint16(bytes, at, Math.floor(value / 65_536));
  writeUint16(bytes, at + 2, value % 65_536);
}

export function writeUint48(bytes: Uint8Array, at: number, value: number): void {
  writeUint16(bytes, at, Math.floor(value / 4_294_967_296));
  writeUint32(bytes, at + 2, value % 4_294_967_296);
}

/** Whole ms, not before 1970; whatever is at or beyond the last instant of the table is never. */
export function writeInstant(bytes: Uint8Array, at: number, value: number): void {
  writeUint48(bytes, at, value >= NEVER ? NEVER : Math.max(0, Math.floor(value)));
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
