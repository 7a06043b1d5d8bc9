import { bytesCodec } from '../codec/bytes.ts';
import { Answering } from './answering.ts';
import {
  ENTRY_KIND,
  type EntryFormat,
  type EntryHead,
  type EntryKind,
  type EntryTag,
  type Validators,
} from './entry.ts';

/** An entry in the memory of this process: the fields of the byte table as an object, the value as it is. */
class ReferenceEntry extends Answering implements EntryHead {
  /** As the format byte of a payload in bytes. */
  readonly format = 1;
  readonly kind: EntryKind;
  readonly freshUntil: number;
  readonly keptUntil: number;
  readonly slidingMs: number;
  readonly epoch: Uint8Array;
  readonly tags: readonly EntryTag[];
  readonly codec: 'bytes' | 'reference';
  readonly createdAt: number;
  readonly sequence: number;
  readonly loadMs: number;
  readonly hashedKey: string | undefined;
  readonly validators: Validators | undefined;

  constructor(head: EntryHead, codec: 'bytes' | 'reference', value: unknown) {
    super(value);
    this.kind = head.kind;
    this.freshUntil = head.freshUntil;
    this.keptUntil = head.keptUntil;
    this.slidingMs = head.slidingMs;
    this.epoch = head.epoch;
    this.tags = head.tags;
    this.codec = codec;
    this.createdAt = head.createdAt;
    this.sequence = head.sequence;
    this.loadMs = head.loadMs;
    this.hashedKey = head.hashedKey;
    this.validators = head.validators;
  }
}

type Unshared = { -readonly [Field in keyof ReferenceEntry]: ReferenceEntry[Field] };

/** Entries as objects. Codecs are not applied, except that bytes are told from other values. */
export const referenceFormat: EntryFormat<unknown> = {
  encode(head, value, codec) {
    if (codec.name === bytesCodec.name) bytesCodec.encode(value as Uint8Array);
    return new ReferenceEntry(head, codec.name === bytesCodec.name ? 'bytes' : 'reference', value);
  },
  copy(payload) {
    const entry = entryOf(payload);
    return new ReferenceEntry(entry, entry.codec, entry.value);
  },
  adopt(payload, record) {
    const entry = payload as Unshared;
    const { epoch, sequence } = entryOf(record);
    entry.epoch = epoch;
    entry.sequence = sequence;
  },
  setSequence(payload, sequence) {
    (payload as Unshared).sequence = sequence;
  },
  setGenerations(payload, generations) {
    const entry = payload as Unshared;
    entry.tags = entry.tags.map(({ name, generation }, index) => ({
      name,
      generation: generations[index] ?? generation,
    }));
  },
  setLife(payload, freshUntil, keptUntil, slidingMs) {
    const entry = payload as Unshared;
    entry.freshUntil = freshUntil;
    entry.keptUntil = keptUntil;
    entry.slidingMs = slidingMs;
  },
  recognizes: (payload) => typeof payload === 'object' && payload !== null && entryOf(payload).format === 1,
  head: entryOf,
  size: () => 0,
  codecName: (payload) => entryOf(payload).codec,
  hasCodec: (payload, codec) => (codec.name === bytesCodec.name) === (entryOf(payload).codec === 'bytes'),
  value: (payload) => entryOf(payload).value,
  answer: (payload) => Answering.answer(entryOf(payload)),
  kind(payload) {
    const { kind } = entryOf(payload);
    // A constant for what hits ask.
    return kind === 'value' ? ENTRY_KIND.value : ENTRY_KIND[kind];
  },
  freshUntil: (payload) => entryOf(payload).freshUntil,
  keptUntil: (payload) => entryOf(payload).keptUntil,
  slidingMs: (payload) => entryOf(payload).slidingMs,
  hashedKey: (payload) => entryOf(payload).hashedKey,
  sequence: (payload) => entryOf(payload).sequence,
  tagCount: (payload) => entryOf(payload).tags.length,
  sameEpoch(payload, record) {
    const ours = entryOf(payload).epoch;
    const theirs = entryOf(record).epoch;
    if (ours === theirs) return true;
    for (let i = 0; i < 8; i += 1) if (ours[i] !== theirs[i]) return false;
    return true;
  },
};

function entryOf(payload: unknown): ReferenceEntry {
  return payload as ReferenceEntry;
}
