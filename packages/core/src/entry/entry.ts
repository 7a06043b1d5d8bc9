import type { Codec } from '../codec/codec.ts';

/** What a payload is. The numbers are those of the byte table in CONTRACT.md. */
export const ENTRY_KIND = { value: 1, lease: 2, quarantine: 3, failure: 4, record: 5, marker: 6 } as const;

export type EntryKind = keyof typeof ENTRY_KIND;

/** A tag that an entry carries, with the generation that its marker had when the entry was loaded. */
export interface EntryTag {
  readonly name: string;
  /** 8 bytes. */
  readonly generation: Uint8Array;
}

/** What a source said of the freshness of a value, for conditional refreshes. */
export interface Validators {
  readonly etag: string;
  readonly lastModified: string;
}

/** The fields of an entry beside its value. Instants are wall-clock ms; `Infinity` = never. */
export interface EntryHead {
  readonly kind: EntryKind;
  readonly createdAt: number;
  /** Until when reads return it. */
  readonly freshUntil: number;
  /** Until when it may serve as a stale value; for a sliding entry the cap of its life. */
  readonly keptUntil: number;
  /** The window of a sliding entry in ms, 0 = not sliding. */
  readonly slidingMs: number;
  /** 8 bytes: the epoch of the namespace record under which it was written. */
  readonly epoch: Uint8Array;
  /** The sequence of the namespace record that was read before its load. */
  readonly sequence: number;
  /** How long its load took, ms, 0 = not loaded. */
  readonly loadMs: number;
  readonly tags: readonly EntryTag[];
  /** The caller's key, where the server key is a hash of it. */
  readonly hashedKey: string | undefined;
  readonly validators: Validators | undefined;
}

/** How entries become payloads. One implementation for bytes and one for references; core asks no further. */
export interface EntryFormat<P> {
  /**
   * A new payload with a stamp of its own.
   * @throws what the codec throws
   */
  encode(head: EntryHead, value: unknown, codec: Codec): P;
  /** The same entry with a stamp of its own. */
  copy(payload: P): P;
  /** Puts an entry that was not handed out yet under a record: its epoch and its sequence. */
  adopt(payload: P, record: P): void;
  /** Gives a record that was not handed out yet another sequence. */
  setSequence(payload: P, sequence: number): void;
  /** Gives the tags of an entry that was not handed out yet their generations, by position. */
  setGenerations(payload: P, generations: readonly Uint8Array[]): void;
  /** Gives an entry that was not handed out yet another life. */
  setLife(payload: P, freshUntil: number, keptUntil: number, slidingMs: number): void;
  /** Whether this is an entry of a format that we know, safe to ask the rest of. */
  recognizes(payload: P): boolean;
  head(payload: P): EntryHead;
  /** Size in bytes that counts against `limits.maxValueBytes`. */
  size(payload: P): number;
  codecName(payload: P): string;
  /** Whether the value can be read with this codec. */
  hasCodec(payload: P, codec: Codec): boolean;
  /** @throws what the codec throws */
  value(payload: P, codec: Codec): unknown;
  /** The value as a call answers it. @param value as it was read from the payload */
  answer(payload: P, value: unknown): Promise<unknown>;

  // Single fields, for the hot path: nothing is allocated.
  kind(payload: P): number;
  freshUntil(payload: P): number;
  keptUntil(payload: P): number;
  slidingMs(payload: P): number;
  hashedKey(payload: P): string | undefined;
  sameEpoch(payload: P, record: P): boolean;
  sequence(payload: P): number;
  tagCount(payload: P): number;
}
