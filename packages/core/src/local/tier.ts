import type { Clock } from '../clock.ts';
import type { Bus, BusLine, Ear } from '../contract/bus.ts';
import type { SyncStore } from '../contract/facets.ts';
import { longestPlainKey } from '../key.ts';
import { TurnTime } from '../turn-time.ts';
import { LocalEntry } from './entry.ts';
import { type Listened, LocalPart } from './part.ts';
import { Readers } from './readers.ts';

/** A copy without end is read anew once a day. */
const DAY_MS = 86_400_000;

/** More parts of namespaces than that are not kept apart: all copies are given up. */
const MOST_PARTS = 10_000;

/** What a read found on the server, if it may be kept as a copy. */
export interface Copied<P> extends Pick<LocalEntry, 'value' | 'reader' | 'markers' | 'about'> {
  readonly record: P;
  /** How long it is fresh, ms. */
  readonly freshMs: number;
}

/**
 * Copies of values in the memory of this process, in front of the server. A copy is made of what was read, and only if
 * nothing was heard meanwhile that concerns it; it counts until somebody tells that it was changed, while the line to
 * the bus is sound, and no longer than it is fresh or `localTtl` long.
 */
export class LocalTier<P> implements Ear {
  readonly name: string;
  readonly readers: Readers = new Readers();
  readonly #store: SyncStore<unknown>;
  readonly #time: TurnTime;
  readonly #capMs: number;
  readonly #silenceMs: number;
  readonly #line: BusLine | undefined;
  readonly #root: string;
  readonly #maxKeyBytes: number;
  readonly #sameEpoch: (one: P, other: P) => boolean;
  /** By namespace path. */
  readonly #parts: Map<string, LocalPart<P>> = new Map();
  #closed = false;

  constructor(
    store: { readonly name: string; readonly sync: SyncStore<unknown> },
    bus: Bus | undefined,
    root: string,
    capMs: number,
    maxKeyBytes: number,
    clock: Clock,
    sameEpoch: (one: P, other: P) => boolean,
  ) {
    this.name = store.name;
    this.#store = store.sync;
    this.#time = new TurnTime(clock, 'monotonic');
    this.#root = root;
    this.#maxKeyBytes = maxKeyBytes;
    this.#capMs = capMs;
    this.#sameEpoch = sameEpoch;
    this.#silenceMs = bus?.silenceMs ?? Number.POSITIVE_INFINITY;
    this.#line = bus?.join(root, this, clock);
  }

  get line(): BusLine | undefined {
    return this.#line;
  }

  /** The copy under a local key, if it counts. */
  get(part: LocalPart<P>, key: string, reader: number): LocalEntry | undefined {
    const entry = this.#store.get(key) as LocalEntry | undefined;
    if (entry === undefined || entry.reader !== reader || entry.age !== part.counted) return undefined;
    if (entry.markers.length > 0 && !part.counts(entry.moment, entry.markers)) return undefined;
    return this.#time.elapsed() < entry.until && this.#hears() ? entry : undefined;
  }

  /** What is heard of a part of a namespace. */
  part(path: string): LocalPart<P> {
    return this.#parts.get(path) ?? this.#begin(path);
  }

  /** A read begins whose answer may be kept; undefined = it may not. `settle` ends it. */
  listen(part: LocalPart<P>): Listened | undefined {
    return !this.#closed && this.#hears() ? part.listen() : undefined;
  }

  /** Keeps what a read found, unless something was heard meanwhile that concerns it. */
  settle(
    part: LocalPart<P>,
    key: string,
    serverKey: string,
    listened: Listened,
    found: Copied<P> | undefined,
  ): void {
    const read =
      found === undefined ? undefined : { key: serverKey, record: found.record, markers: found.markers };
    if (!part.settled(listened, read) || found === undefined) return;
    const until = Math.floor(this.#time.elapsed() + Math.min(found.freshMs, this.#capMs, DAY_MS));
    const entry = new LocalEntry({
      value: found.value,
      reader: found.reader,
      until,
      age: listened.age,
      markers: found.markers,
      moment: listened.moment,
      about: found.about,
    });
    try {
      this.#store.set(key, entry, null);
    } catch {
      // Too large, or not to be cloned: the server has it.
    }
  }

  changed(serverKeys: readonly string[]): void {
    for (const key of serverKeys) {
      const end = key.indexOf('}') + 1;
      const part = this.#parts.get(key.slice(0, end));
      if (part === undefined) continue;
      const kind = key.charAt(end);
      part.changed(key, kind);
      if (kind === 'v') {
        const own = key.slice(end + 2);
        this.#store.delete(isLocalKey(part, own) ? own : key);
      } else if (kind === 'h') this.#store.delete(key);
    }
  }

  missed(): void {
    for (const part of this.#parts.values()) part.forget();
    this.#store.clear();
  }

  /** No copy counts any more, and none is kept. What is under way may still have something to tell. */
  retire(): void {
    this.#closed = true;
    this.#leaveAll();
  }

  async close(): Promise<void> {
    this.retire();
    await this.#line?.close();
  }

  #begin(path: string): LocalPart<P> {
    if (this.#parts.size >= MOST_PARTS) this.#leaveAll();
    const isRoot = path === `${this.#root}}` || path.startsWith(`${this.#root}#`);
    const part = new LocalPart<P>(isRoot ? longestPlainKey(path, this.#maxKeyBytes) : -1, this.#sameEpoch);
    this.#parts.set(path, part);
    return part;
  }

  #leaveAll(): void {
    for (const part of this.#parts.values()) part.leave();
    this.#parts.clear();
    this.#store.clear();
  }

  #hears(): boolean {
    return this.#line === undefined || this.#hearsOf(this.#line);
  }

  #hearsOf(line: BusLine): boolean {
    return this.#time.now() - line.heardUntil <= this.#silenceMs;
  }
}

/**
 * Whether the local key of a value is the caller's own key; else it is its server key. A text that the caller has
 * looked up before has its hash, which a new one has not: that is half of what a hit costs. Server keys begin with a
 * brace, so the two are never equal; a key that the server may know by its hash is never its own.
 */
export function isLocalKey<P>(part: LocalPart<P>, key: string): boolean {
  return key.length <= part.longestOwnKey && key.charCodeAt(0) !== BRACE;
}

const BRACE = 0x7b;
