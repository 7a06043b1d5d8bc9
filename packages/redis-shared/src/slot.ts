import type { RedisArgument } from './link.ts';

/** How many slots the keys of a cluster are shared out to. */
export const SLOTS = 16_384;

// CRC16 as XMODEM has it: polynomial 0x1021, from 0, nothing reflected.
const TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_none, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** The slot of a key: of what stands between its first `{` and the next `}`, or of all of it if that is nothing. */
export function slotOf(key: RedisArgument): number {
  // One character a byte, so that it does not matter of which kind the key is.
  const text = typeof key === 'string' ? key : Buffer.from(key).toString('latin1');
  const open = text.indexOf('{');
  const close = open === -1 ? -1 : text.indexOf('}', open + 1);
  const tag = close > open + 1 ? text.slice(open + 1, close) : text;
  let crc = 0;
  for (let at = 0; at < tag.length; at += 1) {
    const byte = tag.charCodeAt(at);
    if (byte > 0x7f && typeof key === 'string') return slotOf(Buffer.from(tag));
    crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ byte] ?? 0);
  }
  return crc % SLOTS;
}
