import { randomBytes } from 'node:crypto';

/** What is stored under a key: 1 byte kind, 8 bytes end of life, 16 bytes version, then the payload. */
const HEAD = 25;
const NO_END = 2n ** 64n - 1n;

/** @typedef {{ kind: 'value' | 'counter', endsAt: number | null, version: string, payload: Uint8Array }} Entry */

// #region versions
// Versions: 8 random bytes that this process made, and a count. So none comes back: not after a removal, and not after
// a restart, when the count begins anew.
const PROCESS = randomBytes(8).toString('hex');
let count = 0n;

/** A version that no other write has, of whatever process. */
export function newVersion() {
  count += 1n;
  return PROCESS + count.toString(16).padStart(16, '0');
}
// #endregion

/** @param {Entry} entry */
export function encode({ kind, endsAt, version, payload }) {
  const bytes = Buffer.alloc(HEAD + payload.length);
  bytes.writeUInt8(kind === 'value' ? 0 : 1);
  bytes.writeBigUInt64BE(endsAt === null ? NO_END : BigInt(endsAt), 1);
  bytes.write(version, 9, 'hex');
  bytes.set(payload, HEAD);
  return bytes;
}

/**
 * @param {Uint8Array} stored
 * @returns {Entry}
 */
export function decode(stored) {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const end = bytes.readBigUInt64BE(1);
  return {
    kind: bytes.readUInt8() === 0 ? 'value' : 'counter',
    endsAt: end === NO_END ? null : Number(end),
    version: bytes.toString('hex', 9, HEAD),
    // A copy of its own: whoever reads it may change it.
    payload: new Uint8Array(bytes.subarray(HEAD)),
  };
}
