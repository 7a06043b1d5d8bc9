import type { Clock } from '../clock.ts';
import type { Bus, BusLine, Ear } from '../contract/bus.ts';
import type { SyncStore } from '../contract/facets.ts';
import type { LocalEntry } from './entry.ts';
import { type Listened, LocalPart } from './part.ts';
import { Readers } from './readers.ts';

/** A read whose answer may be kept. */
export interface Listening<P> extends Listened {
  readonly part: LocalPart<P>;
}

/** More parts of namespaces than that are not kept apart: all copies are given up. */
const MOST_PARTS = 10_000;

/** What a read found on the server, if it may be kept as a copy. */
export interface Copied<P> {
  readonly record: P;
  readonly markers: readonly string[];
  readonly entry: Pick<LocalEntry, 'value' | 'reader' | 'about'>;
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
  readonly #clock: Clock;
  readonly #capMs: number;
  readonly #silenceMs: number;
  readonly #line: BusLine | undefined;
  readonly #sameEpoch: (one: P, other: P) => boolean;
  /** By namespace path. */
  readonly #parts: Map<string, LocalPart<P>> = new Map();

  constructor(
    store: { readonly name: string; readonly sync: SyncStore<unknown> },
    bus: Bus | undefined,
    root: string,
    capMs: number,
    clock: Clock,
    sameEpoch: (one: P, other: P) => boolean,
  ) {
    this.name = store.name;
    this.#store = store.sync;
    this.#clock = clock;
    this.#capMs = capMs;
    this.#sameEpoch = sameEpoch;
    this.#silenceMs = bus?.silenceMs ?? Number.POSITIVE_INFINITY;
    this.#line = bus?.join(root, this, clock);
  }

  get line(): BusLine | undefined {
    return this.#line;
  }

  /** The copy under a server key, if it counts. */
  get(path: string, serverKey: string, reader: number): LocalEntry | undefined {
    const entry = this.#store.get(serverKey) as LocalEntry | undefined;
    if (entry === undefined || entry.reader !== reader) return undefined;
    const now = this.#clock.monotonic();
    if (now >= entry.until || !this.#hears(now)) return undefined;
    const part = this.#parts.get(path);
    return part?.counts(entry.age, entry.moment, entry.markers) ? entry : undefined;
  }

  /** A read begins whose answer may be kept; undefined = it may not. `settle` ends it. */
  listen(path: string): Listening<P> | undefined {
    if (!this.#hears(this.#clock.monotonic())) return undefined;
    const part = this.#parts.get(path) ?? this.#begin(path);
    return { ...part.listen(), part };
  }

  /** Keeps what a read found, unless something was heard meanwhile that concerns it. */
  settle(path: string, key: string, listening: Listening<P>, found: Copied<P> | undefined): void {
    const { part, age, moment } = listening;
    const read = found === undefined ? undefined : { key, record: found.record, markers: found.markers };
    if (!part.settled(listening, read) || found === undefined || this.#parts.get(path) !== part) return;
    const until = this.#clock.monotonic() + Math.min(found.freshMs, this.#capMs);
    const entry: LocalEntry = { ...found.entry, age, moment, markers: found.markers, until };
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
      if (kind === 'v' || kind === 'h') this.#store.delete(key);
    }
  }

  missed(): void {
    for (const part of this.#parts.values()) part.forget();
    this.#store.clear();
  }

  async close(): Promise<void> {
    await this.#line?.close();
    this.missed();
  }

  #begin(path: string): LocalPart<P> {
    if (this.#parts.size >= MOST_PARTS) {
      this.missed();
      this.#parts.clear();
    }
    const part = new LocalPart<P>(this.#sameEpoch);
    this.#parts.set(path, part);
    return part;
  }

  #hears(now: number): boolean {
    return this.#line === undefined || now - this.#line.heardUntil <= this.#silenceMs;
  }
}
