import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { AnyAdapter } from '@cache/core';

export const STAMP_BYTES = 16;

/**
 * A payload of an adapter's kind: in bytes, a unique stamp and the content; by reference, an object with both.
 */
export function payloadFor(adapter: AnyAdapter, content: string | Uint8Array): unknown {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const payload = new Uint8Array(STAMP_BYTES + bytes.length);
  payload.set(stamp());
  // A stamp that begins with a digit and a blank is a number to memcached: one in a thousand, so that a rule of counters
  // would fail once in a while.
  payload[0] = 0x80 | (payload[0] ?? 0);
  payload.set(bytes, STAMP_BYTES);
  if (adapter.payload === 'bytes') return payload;
  return { stamp: Buffer.from(payload.subarray(0, STAMP_BYTES)).toString('hex'), content };
}

/** Random bytes are drawn for many stamps at once: a large batch has 50,000. */
const DRAWN_STAMPS = 256;
let drawn: Uint8Array = new Uint8Array(0);

function stamp(): Uint8Array {
  if (drawn.length === 0) drawn = randomBytes(DRAWN_STAMPS * STAMP_BYTES);
  const next = drawn.subarray(0, STAMP_BYTES);
  drawn = drawn.subarray(STAMP_BYTES);
  return next;
}

/** Whether two payloads are the same. Of bytes only the bytes count, not the class that holds them. */
export function samePayload(one: unknown, other: unknown): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0;
  return isDeepStrictEqual(one, other);
}

/** A payload in few words. */
export function showPayload(payload: unknown): string {
  if (payload === undefined) return 'nothing';
  if (!(payload instanceof Uint8Array)) return JSON.stringify(payload)?.slice(0, 80) ?? typeof payload;
  const head = Buffer.from(payload.subarray(0, 4)).toString('hex');
  const content = Buffer.from(payload.subarray(STAMP_BYTES, STAMP_BYTES + 32)).toString('latin1');
  return `${payload.length} bytes ${head}… ${JSON.stringify(content)}`;
}
