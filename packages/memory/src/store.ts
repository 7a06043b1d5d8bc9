import { type Clock, type Condition, outside, type Timer, TurnTime, type Version } from '@cache/core';
import { LRUCache } from 'lru-cache';

/** What is under a key: one write. Its version is a count of this store, so never reused. */
export interface Slot {
  readonly payload: unknown;
  readonly version: number;
  /** The last ms of its life, in the store's own time, or `ENDLESS`. */
  until: number;
  /** Which of the moves to the end of the line was its last. */
  moved: number;
}

export interface StoreOptions {
  readonly maxEntries: number;
  /** undefined = no bound by bytes. */
  readonly maxBytes: number | undefined;
  readonly sizeOf: (payload: unknown) => number;
  readonly purgeIntervalMs: number;
  readonly clock: Clock;
}

/** A small integer, which V8 makes no object of. */
const ENDLESS = -1;

/** A use moves an entry only when more than the 2^-3th part of the line has moved past it. */
const SLACK_SHIFT = 3;

/**
 * A map for those who look, and lru-cache for who has to go: a line in which writes and uses move an entry to the end.
 * Uses do so lazily, since moving costs as much as all else of a hit: not before an eighth of the line has moved past
 * the entry. So whoever goes was not used while seven eighths of the line were moved. (Lazy promotion: Yang et al., "FIFO
 * can be better than LRU", HotOS 2023; memcached moves an item once a minute.) Bound by bytes, one write may take the
 * place of many, so that each use moves. What expired is dropped when met, and by a purge while there is anything to.
 */
export class Store {
  readonly #slots: Map<string, Slot> = new Map();
  /** All that may be evicted. What may not is one small entry a namespace, on which all its others hang. */
  readonly #line: LRUCache<string, Slot>;
  readonly #options: StoreOptions;
  /** Monotonic: a wall clock that is set back must not lengthen a life. */
  readonly #time: TurnTime;
  #versions = 0;
  /** Counts the moves to the end of the line. */
  #moves = 0;
  /** So many moves past an entry do not matter. */
  readonly #slack: number;
  #purge: Timer | undefined;

  constructor(options: StoreOptions) {
    const { maxEntries, maxBytes, clock } = options;
    this.#options = options;
    this.#time = new TurnTime(clock, 'monotonic');
    this.#slack = maxBytes === undefined ? maxEntries >>> SLACK_SHIFT : 0;
    this.#line = new LRUCache<string, Slot>({
      max: maxEntries,
      ...(maxBytes !== undefined && { maxSize: maxBytes }),
      noDisposeOnSet: true,
      dispose: (_slot, key, reason) => {
        if (reason === 'evict') this.#slots.delete(key);
      },
    });
  }

  get(key: string): Slot | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    if (this.#isOver(slot)) return this.#drop(key);
    if (this.#moves - slot.moved > this.#slack) this.#use(key, slot);
    return slot;
  }

  /** A payload's size, or undefined when it exceeds the whole store, which would drop the old value. */
  measure(payload: unknown): number | undefined {
    const { maxBytes, sizeOf } = this.#options;
    if (maxBytes === undefined) return 1;
    const size = Math.max(1, Math.ceil(sizeOf(payload)));
    return size <= maxBytes ? size : undefined;
  }

  put(key: string, payload: unknown, ttlMs: number | null, size: number): number {
    this.#versions += 1;
    const slot = { payload, version: this.#versions, until: this.#end(ttlMs), moved: 0 };
    this.#slots.set(key, slot);
    // A fresh object each time, since lru-cache writes on it.
    this.#line.set(key, slot, this.#options.maxBytes === undefined ? {} : { size });
    this.#moved(slot);
    return this.#versions;
  }

  /** As `put`, without end and out of reach of eviction. */
  pin(key: string, payload: unknown): number {
    this.#versions += 1;
    this.#line.delete(key);
    this.#slots.set(key, { payload, version: this.#versions, until: ENDLESS, moved: 0 });
    return this.#versions;
  }

  /** Another life for what is there, which keeps its version. */
  renew(key: string, slot: Slot, ttlMs: number | null): void {
    slot.until = this.#end(ttlMs);
    this.#use(key, slot);
  }

  delete(key: string): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    this.#drop(key);
    // An expired slot is still held, but no longer there.
    return !this.#isOver(slot);
  }

  /** This is no use of it. */
  remainingMs(key: string): number | null | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined || this.#isOver(slot)) return undefined;
    return slot.until === ENDLESS ? null : slot.until - this.#time.elapsed();
  }

  keys(): string[] {
    this.#dropExpired();
    return [...this.#slots.keys()];
  }

  clear(): void {
    this.#slots.clear();
    this.#line.clear();
    this.#purge?.cancel();
    this.#purge = undefined;
  }

  #end(ttlMs: number | null): number {
    if (ttlMs === null) return ENDLESS;
    this.#armPurge();
    const until = this.#time.elapsed() + ttlMs;
    // An injected clock may have been set back behind the origin.
    return until === ENDLESS ? until + 1 : until;
  }

  #isOver(slot: Slot): boolean {
    return slot.until !== ENDLESS && this.#time.elapsed() > slot.until;
  }

  #use(key: string, slot: Slot): void {
    this.#line.get(key);
    this.#moved(slot);
  }

  #moved(slot: Slot): void {
    this.#moves += 1;
    slot.moved = this.#moves;
  }

  #drop(key: string): undefined {
    this.#slots.delete(key);
    this.#line.delete(key);
  }

  /** Whether there is more that will expire. */
  #dropExpired(): boolean {
    let isMore = false;
    for (const [key, slot] of this.#slots) {
      if (this.#isOver(slot)) this.#drop(key);
      else if (slot.until !== ENDLESS) isMore = true;
    }
    return isMore;
  }

  #armPurge(): void {
    if (this.#purge !== undefined) return;
    const { clock, purgeIntervalMs } = this.#options;
    const purge = (): void => {
      this.#purge = undefined;
      if (this.#dropExpired()) this.#armPurge();
    };
    this.#purge = outside(() => clock.schedule(purge, purgeIntervalMs));
    this.#purge.unref();
  }
}

/** Whether a condition holds for what is there. */
export function holds(when: Condition | undefined, slot: Slot | undefined): boolean {
  if (when === undefined) return true;
  if (when === 'absent') return slot === undefined;
  if (when === 'present') return slot !== undefined;
  return slot !== undefined && sameVersion(slot.version, when.version);
}

function sameVersion(ours: number, theirs: Version): boolean {
  return ours === theirs;
}
