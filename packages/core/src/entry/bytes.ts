import { bytesToHex } from '@noble/hashes/utils.js';
import type { Codec } from '../codec/codec.ts';
import type { Version } from '../contract/adapter.ts';
import { STAMP_BYTES, writeStamp, writeUint64 } from '../identity.ts';
import { allocate, byteLength, readText, writeText } from '../text/utf8.ts';
import { ENTRY_KIND, type EntryFormat, type EntryHead, type EntryKind, type EntryTag } from './entry.ts';
import * as layout from './layout.ts';
import { CODEC_ID, FIXED_BYTES, FLAG, FORMAT, KNOWN_FLAGS, LAYOUT, NAMED_CODEC } from './layout.ts';

const KIND_NAMES = Object.fromEntries(Object.entries(ENTRY_KIND).map(([name, id]) => [id, name]));
const CODEC_NAMES = new Map([...CODEC_ID].map(([name, id]) => [id, name]));

/** Entries as bytes, by the table in layout.ts. */
export const bytesFormat: EntryFormat<Uint8Array> = {
  encode(head, value, codec) {
    const headLength = FIXED_BYTES + variableLength(head, codec.name);
    const payload = withValue(headLength, value, codec);
    writeHead(payload, head, codec.name, headLength);
    return payload;
  },

  copy(payload) {
    const copy = allocate(payload.length);
    copy.set(payload);
    writeStamp(copy);
    return copy;
  },

  adopt(payload, record) {
    const at = LAYOUT.epoch.at;
    const end = LAYOUT.sequence.at + LAYOUT.sequence.bytes;
    for (let i = at; i < end; i += 1) payload[i] = record[i] as number;
  },

  setSequence: (payload, sequence) => writeUint64(payload, LAYOUT.sequence.at, sequence),

  setGenerations(payload, generations) {
    let at = FIXED_BYTES;
    if (payload[LAYOUT.codec.at] === NAMED_CODEC) at = skipText(payload, at, payload.length);
    const flags = layout.readUint16(payload, LAYOUT.flags.at);
    if (flags & FLAG.hashedKey) at = skipText(payload, at, payload.length);
    for (const generation of generations) {
      at = skipText(payload, at, payload.length);
      payload.set(generation, at);
      at += generation.length;
    }
  },

  setLife(payload, freshUntil, keptUntil, slidingMs) {
    const flags = layout.readUint16(payload, LAYOUT.flags.at) & ~FLAG.sliding;
    layout.writeUint16(payload, LAYOUT.flags.at, slidingMs > 0 ? flags | FLAG.sliding : flags);
    layout.writeUint48(payload, LAYOUT.slidingMs.at, slidingMs);
    layout.writeInstant(payload, LAYOUT.freshUntil.at, freshUntil);
    layout.writeInstant(payload, LAYOUT.keptUntil.at, keptUntil);
  },

  recognizes(payload) {
    if (payload.length < FIXED_BYTES || payload[LAYOUT.format.at] !== FORMAT) return false;
    if ((layout.readUint16(payload, LAYOUT.flags.at) & ~KNOWN_FLAGS) !== 0) return false;
    const headLength = layout.readUint32(payload, LAYOUT.headLength.at);
    if (headLength < FIXED_BYTES || headLength > payload.length) return false;
    return variableFits(payload, headLength);
  },

  head: (payload) => readHead(payload),
  size: (payload) => payload.length,
  codecName: (payload) => readVariable(payload).codec,
  hasCodec(payload, codec) {
    const id = payload[LAYOUT.codec.at] as number;
    const own = CODEC_ID.get(codec.name);
    return own === undefined ? id === NAMED_CODEC && readVariable(payload).codec === codec.name : id === own;
  },

  value(payload, codec) {
    const start = layout.readUint32(payload, LAYOUT.headLength.at);
    if (codec.form === 'bytes') return codec.decode(payload.subarray(start));
    const ascii = (layout.readUint16(payload, LAYOUT.flags.at) & FLAG.asciiValue) !== 0;
    return codec.decode(readText(payload, start, payload.length, ascii));
  },
  answer: (_payload, value) => Promise.resolve(value),

  kind: (payload) => payload[LAYOUT.kind.at] as number,
  freshUntil: (payload) => layout.readInstant(payload, LAYOUT.freshUntil.at),
  keptUntil: (payload) => layout.readInstant(payload, LAYOUT.keptUntil.at),
  slidingMs: (payload) => layout.readUint48(payload, LAYOUT.slidingMs.at),
  hashedKey(payload) {
    const hashed = (layout.readUint16(payload, LAYOUT.flags.at) & FLAG.hashedKey) !== 0;
    return hashed ? readVariable(payload).hashedKey : undefined;
  },
  sequence: (payload) => layout.readUint64(payload, LAYOUT.sequence.at),
  tagCount: (payload) => layout.readUint16(payload, LAYOUT.tagCount.at),
  sameEpoch(payload, record) {
    const at = LAYOUT.epoch.at;
    for (let i = at; i < at + LAYOUT.epoch.bytes; i += 1) if (payload[i] !== record[i]) return false;
    return true;
  },
};

/** A version as text, as `lookup` shows it. */
export function versionText(version: Version): string {
  return version instanceof Uint8Array
    ? bytesToHex(Uint8Array.from(version.subarray(0, STAMP_BYTES)))
    : String(version);
}

/** Allocates the whole payload and puts the encoded value at its end. */
function withValue(headLength: number, value: unknown, codec: Codec): Uint8Array {
  if (codec.form === 'bytes') {
    const encoded = codec.encode(value);
    if (!(encoded instanceof Uint8Array))
      throw new TypeError(`the codec ${codec.name} did not encode to bytes`);
    const payload = allocate(headLength + encoded.length);
    payload.set(encoded, headLength);
    layout.writeUint16(payload, LAYOUT.flags.at, 0);
    return payload;
  }
  const text = codec.encode(value);
  if (typeof text !== 'string' || !text.isWellFormed()) {
    throw new TypeError(`the codec ${codec.name} did not encode to well-formed text`);
  }
  const length = byteLength(text);
  const payload = allocate(headLength + length);
  writeText(payload, headLength, text);
  layout.writeUint16(payload, LAYOUT.flags.at, length === text.length ? FLAG.asciiValue : 0);
  return payload;
}

/** Writes everything before the value; the flags hold what `withValue` knew. */
function writeHead(payload: Uint8Array, head: EntryHead, codecName: string, headLength: number): void {
  writeStamp(payload);
  payload[LAYOUT.format.at] = FORMAT;
  payload[LAYOUT.kind.at] = ENTRY_KIND[head.kind];
  let flags = layout.readUint16(payload, LAYOUT.flags.at);
  if (head.slidingMs > 0) flags |= FLAG.sliding;
  if (head.hashedKey !== undefined) flags |= FLAG.hashedKey;
  if (head.validators !== undefined) flags |= FLAG.validators;
  layout.writeUint16(payload, LAYOUT.flags.at, flags);
  layout.writeUint32(payload, LAYOUT.headLength.at, headLength);
  layout.writeInstant(payload, LAYOUT.createdAt.at, head.createdAt);
  layout.writeInstant(payload, LAYOUT.freshUntil.at, head.freshUntil);
  layout.writeInstant(payload, LAYOUT.keptUntil.at, head.keptUntil);
  layout.writeUint48(payload, LAYOUT.slidingMs.at, head.slidingMs);
  payload.set(head.epoch, LAYOUT.epoch.at);
  writeUint64(payload, LAYOUT.sequence.at, head.sequence);
  layout.writeUint32(payload, LAYOUT.loadMs.at, Math.min(head.loadMs, 0xffff_ffff));
  payload[LAYOUT.codec.at] = CODEC_ID.get(codecName) ?? NAMED_CODEC;
  payload[LAYOUT.reserved.at] = 0;
  layout.writeUint16(payload, LAYOUT.tagCount.at, head.tags.length);
  if (headLength > FIXED_BYTES) writeVariable(payload, head, codecName);
}

// The variable fields, in this order: codec name, key, tags with generations, etag and last-modified. Each text is its
// length in 16 bits and its UTF-8 bytes.

function variableLength(head: EntryHead, codecName: string): number {
  let length = 0;
  if (CODEC_ID.get(codecName) === undefined) length += 2 + byteLength(codecName);
  if (head.hashedKey !== undefined) length += 2 + byteLength(head.hashedKey);
  for (const tag of head.tags) length += 2 + byteLength(tag.name) + 8;
  if (head.validators !== undefined) {
    length += 4 + byteLength(head.validators.etag) + byteLength(head.validators.lastModified);
  }
  return length;
}

function writeVariable(payload: Uint8Array, head: EntryHead, codecName: string): void {
  let at = FIXED_BYTES;
  const put = (text: string): void => {
    const length = writeText(payload, at + 2, text);
    layout.writeUint16(payload, at, length);
    at += 2 + length;
  };
  if (CODEC_ID.get(codecName) === undefined) put(codecName);
  if (head.hashedKey !== undefined) put(head.hashedKey);
  for (const tag of head.tags) {
    put(tag.name);
    payload.set(tag.generation, at);
    at += 8;
  }
  if (head.validators !== undefined) {
    put(head.validators.etag);
    put(head.validators.lastModified);
  }
}

type Variable = Pick<EntryHead, 'tags' | 'hashedKey' | 'validators'> & { readonly codec: string };

function readVariable(payload: Uint8Array): Variable {
  let at = FIXED_BYTES;
  const take = (): string => {
    const start = at + 2;
    at = start + layout.readUint16(payload, at);
    return readText(payload, start, at);
  };
  const flags = layout.readUint16(payload, LAYOUT.flags.at);
  const id = payload[LAYOUT.codec.at] as number;
  const codec = id === NAMED_CODEC ? take() : (CODEC_NAMES.get(id) ?? `#${id}`);
  const hashedKey = flags & FLAG.hashedKey ? take() : undefined;
  const tags: EntryTag[] = [];
  for (let left = layout.readUint16(payload, LAYOUT.tagCount.at); left > 0; left -= 1) {
    const name = take();
    tags.push({ name, generation: Uint8Array.from(payload.subarray(at, at + 8)) });
    at += 8;
  }
  const validators = flags & FLAG.validators ? { etag: take(), lastModified: take() } : undefined;
  return { codec, hashedKey, tags, validators };
}

/** Whether the lengths inside the variable fields add up to exactly the head, so that reading them is safe. */
function variableFits(payload: Uint8Array, headLength: number): boolean {
  const flags = layout.readUint16(payload, LAYOUT.flags.at);
  const tagCount = layout.readUint16(payload, LAYOUT.tagCount.at);
  let at = FIXED_BYTES;
  if (payload[LAYOUT.codec.at] === NAMED_CODEC) at = skipText(payload, at, headLength);
  if (flags & FLAG.hashedKey) at = skipText(payload, at, headLength);
  for (let i = 0; i < tagCount && at <= headLength; i += 1) at = skipText(payload, at, headLength) + 8;
  if (flags & FLAG.validators) at = skipText(payload, skipText(payload, at, headLength), headLength);
  return at === headLength;
}

/** Where the text at an offset ends; beyond the head when it does not fit. */
function skipText(payload: Uint8Array, at: number, headLength: number): number {
  return at + 2 <= headLength ? at + 2 + layout.readUint16(payload, at) : headLength + 1;
}

function readHead(payload: Uint8Array): EntryHead {
  return {
    kind: (KIND_NAMES[payload[LAYOUT.kind.at] as number] ?? 'failure') as EntryKind,
    createdAt: layout.readInstant(payload, LAYOUT.createdAt.at),
    freshUntil: layout.readInstant(payload, LAYOUT.freshUntil.at),
    keptUntil: layout.readInstant(payload, LAYOUT.keptUntil.at),
    slidingMs: layout.readUint48(payload, LAYOUT.slidingMs.at),
    epoch: Uint8Array.from(payload.subarray(LAYOUT.epoch.at, LAYOUT.epoch.at + LAYOUT.epoch.bytes)),
    sequence: layout.readUint64(payload, LAYOUT.sequence.at),
    loadMs: layout.readUint32(payload, LAYOUT.loadMs.at),
    ...readVariable(payload),
  };
}
