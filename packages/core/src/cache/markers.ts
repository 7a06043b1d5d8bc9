import type { Clock } from '../clock.ts';
import { bytesCodec } from '../codec/bytes.ts';
import type { Limits, Stored, Write } from '../contract/adapter.ts';
import { ENTRY_KIND, type EntryFormat } from '../entry/entry.ts';
import { readUint64 } from '../entry/layout.ts';
import { ownHead } from '../entry/own-head.ts';
import { newEpoch, writeUint64 } from '../identity.ts';
import { otherKey } from '../key.ts';
import type { Budget } from './budget.ts';
import type { Coalescer } from './coalescer.ts';
import { conditionFor } from './condition.ts';
import { sameRecord } from './record.ts';

/** What the tags of an entry say of it. `unknown`: their markers must be read to know. */
export type Verdict = 'valid' | 'expired' | 'deleted' | 'unknown';

/** How an invalidation marks: `delete` ends entries, `expire` makes them stale. */
export type Marking = 'delete' | 'expire';

interface Marker {
  /** 8 bytes, random: entries of an earlier marker of this tag have another one. */
  readonly generation: Uint8Array;
  /** The sequence of the last invalidation of each kind, 0 = none. */
  readonly deletedAt: number;
  readonly expiredAt: number;
  readonly keptUntil: number;
}

/** A marker as it was at a moment on the monotonic clock. */
interface Remembered {
  readonly marker: Marker;
  readonly at: number;
}

/** A marker that a store short of room dropped is missed by writers within that time; till then others miss entries. */
const TRUSTED_MS = 1000;

/** A marker outlives the entries that name it: by as much again as they live, so that it is rarely lengthened. */
const LEAST_LIFE_MS = 3_600_000;

/** How far the clocks of machines may be apart before a marker ends too early, which costs a miss. */
const SLACK_MS = 60_000;

/** More tags than that are not remembered. */
const MOST_REMEMBERED = 10_000;

/** What a marker is to take the place of. */
interface Replacing<P> extends Pick<Write<P>, 'invalidates'> {
  readonly stored: Stored<P> | undefined;
  readonly round: number;
}

/**
 * The markers of a namespace's tags. They change only together with the sequence of the namespace record, so what was
 * read of them counts for as long as the record is the same, and costs nothing. Each is read after the record under
 * which it is remembered.
 */
export class Markers<P> {
  readonly #path: string;
  readonly #format: EntryFormat<P>;
  readonly #coalescer: Coalescer<P>;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #remembered: Map<string, Remembered> = new Map();
  /** The record under which they are remembered. */
  #under: P | undefined;

  constructor(path: string, format: EntryFormat<P>, coalescer: Coalescer<P>, clock: Clock, limits: Limits) {
    this.#path = path;
    this.#format = format;
    this.#coalescer = coalescer;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** The server keys of the markers of an entry's tags. */
  keysOf(payload: P): string[] {
    return this.#format.head(payload).tags.map(({ name }) => this.#key(name));
  }

  /** What is known without I/O of an entry that was read with this record. */
  judge(payload: P, record: P): Verdict {
    const remembered = this.#rememberedUnder(record);
    const sequence = this.#format.sequence(payload);
    let verdict: Verdict = 'valid';
    for (const { name, generation } of this.#format.head(payload).tags) {
      const marker = remembered.get(name)?.marker;
      // One of another generation may have taken its place, without a change of the record.
      if (marker === undefined || !sameBytes(marker.generation, generation)) return 'unknown';
      if (marker.deletedAt > sequence) return 'deleted';
      if (marker.expiredAt > sequence) verdict = 'expired';
    }
    return verdict;
  }

  /** The verdict after reading what is not known. A marker that is gone has taken its entries with it. */
  async settle(payload: P, record: P, budget: Budget): Promise<Exclude<Verdict, 'unknown'>> {
    const sequence = this.#format.sequence(payload);
    const { tags } = this.#format.head(payload);
    const markers = await Promise.all(tags.map(({ name }) => this.#read(name, record, budget)));
    let verdict: Exclude<Verdict, 'unknown'> = 'valid';
    for (const [index, { generation }] of tags.entries()) {
      const marker = markers[index]?.marker;
      if (marker === undefined || !sameBytes(marker.generation, generation)) return 'deleted';
      if (marker.deletedAt > sequence) return 'deleted';
      if (marker.expiredAt > sequence) verdict = 'expired';
    }
    return verdict;
  }

  /** The generations of tags for an entry that is kept until an instant; makes or lengthens markers where need be. */
  async generations(
    tags: readonly string[],
    record: P,
    keptUntil: number,
    budget: Budget,
  ): Promise<Uint8Array[]> {
    const remembered = this.#rememberedUnder(record);
    const trusted = this.#clock.monotonic() - TRUSTED_MS;
    return await Promise.all(
      tags.map(async (tag) => {
        const known = remembered.get(tag);
        const isSure = known !== undefined && known.at > trusted && known.marker.keptUntil >= keptUntil;
        return isSure ? known.marker.generation : await this.#ensure(tag, record, keptUntil, budget);
      }),
    );
  }

  /** Marks tags as invalidated at a sequence. A tag without marker has no entries that count. */
  async raise(marks: ReadonlyMap<string, Marking>, record: P, budget: Budget): Promise<void> {
    const sequence = this.#format.sequence(record);
    const raised = Array.from(marks, ([tag, marking]) => this.#raise(tag, marking, sequence, record, budget));
    await Promise.all(raised);
  }

  async #raise(tag: string, marking: Marking, sequence: number, record: P, budget: Budget): Promise<void> {
    for (let round = 0; ; round += 1) {
      const { stored, marker } = await this.#read(tag, record, budget);
      if (stored === undefined || marker === undefined) return;
      const raised: Marker =
        marking === 'delete'
          ? { ...marker, deletedAt: Math.max(marker.deletedAt, sequence) }
          : { ...marker, expiredAt: Math.max(marker.expiredAt, sequence) };
      if (await this.#write(tag, raised, { stored, round }, record, budget)) return;
    }
  }

  async #ensure(tag: string, record: P, keptUntil: number, budget: Budget): Promise<Uint8Array> {
    for (let round = 0; ; round += 1) {
      const { stored, marker } = await this.#read(tag, record, budget);
      if (marker !== undefined && marker.keptUntil >= keptUntil) return marker.generation;
      const now = this.#clock.now();
      const lengthened = now + Math.max(LEAST_LIFE_MS, 2 * (keptUntil - now));
      const next: Marker =
        marker === undefined
          ? { generation: newEpoch(), deletedAt: 0, expiredAt: 0, keptUntil: lengthened }
          : { ...marker, keptUntil: lengthened };
      if (await this.#write(tag, next, { stored, round, invalidates: false }, record, budget)) {
        this.#remember(tag, next, record);
        return next.generation;
      }
    }
  }

  /** The marker as it is now, after the record was read; undefined if there is none of its epoch. */
  async #read(
    tag: string,
    record: P,
    budget: Budget,
  ): Promise<{ readonly stored: Stored<P> | undefined; readonly marker: Marker | undefined }> {
    const { stored } = await this.#coalescer.read(this.#key(tag), undefined, budget.wait());
    const marker = stored === undefined ? undefined : this.#markerOf(stored.payload, record);
    if (marker !== undefined) this.#remember(tag, marker, record);
    return { stored, marker };
  }

  /** Whether it took the place of what was read. */
  async #write(
    tag: string,
    marker: Marker,
    { stored, round, ...hint }: Replacing<P>,
    record: P,
    budget: Budget,
  ): Promise<boolean> {
    const now = this.#clock.now();
    const ttlMs = Math.max(1, Math.ceil(marker.keptUntil - now + SLACK_MS));
    const item = {
      key: this.#key(tag),
      payload: this.#encode(marker, record, now),
      ttlMs: ttlMs > this.#limits.maxTtlMs ? null : ttlMs,
      pinned: true,
      when: conditionFor(stored, round),
      ...hint,
    };
    return (await this.#coalescer.write(item, budget.wait())).written;
  }

  #encode({ generation, deletedAt, expiredAt, keptUntil }: Marker, record: P, now: number): P {
    const body = new Uint8Array(24);
    body.set(generation, 0);
    writeUint64(body, 8, deletedAt);
    writeUint64(body, 16, expiredAt);
    const head = ownHead('marker', this.#format.head(record), now, keptUntil);
    return this.#format.encode(head, body, bytesCodec);
  }

  #markerOf(payload: P, record: P): Marker | undefined {
    const format = this.#format;
    if (!format.recognizes(payload) || format.kind(payload) !== ENTRY_KIND.marker) return undefined;
    if (!format.sameEpoch(payload, record)) return undefined;
    const body = format.value(payload, bytesCodec) as Uint8Array;
    if (body.length !== 24) return undefined;
    return {
      generation: Uint8Array.from(body.subarray(0, 8)),
      deletedAt: readUint64(body, 8),
      expiredAt: readUint64(body, 16),
      keptUntil: format.keptUntil(payload),
    };
  }

  #remember(tag: string, marker: Marker, record: P): void {
    if (this.#under === undefined || !sameRecord(this.#format, this.#under, record)) return;
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(tag, { marker, at: this.#clock.monotonic() });
  }

  #rememberedUnder(record: P): ReadonlyMap<string, Remembered> {
    if (this.#under === undefined || !sameRecord(this.#format, this.#under, record)) {
      this.#remembered.clear();
      this.#under = record;
    }
    return this.#remembered;
  }

  #key(tag: string): string {
    return otherKey(this.#path, 't', tag, this.#limits.maxKeyBytes);
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
