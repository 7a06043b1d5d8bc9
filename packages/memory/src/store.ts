import { type Clock, type Condition, type Timer, TurnTime, type Version } from '@cache/core';
import { LRUCache } from 'lru-cache';

/** What is under a key: one write. Its version is a count of this store, so never reused. */
export interface Slot {
  readonly payload: unknown;
  readonly version: number;
}

export interface StoreOptions {
  readonly maxEntries: number;
  /** undefined = no bound by bytes. */
  readonly maxBytes: number | undefined;
  readonly sizeOf: (payload: unknown) => number;
  readonly purgeIntervalMs: number;
  readonly clock: Clock;
}

// lru-cache takes the instant 0 for "no ttl", and an injected clock may begin there.
const EPOCH_OFFSET = 1;

/** The least recently used go first. What expired is dropped when met, and by a purge while there is anything to. */
export class Store {
  readonly #slots: LRUCache<string, Slot>;
  readonly #options: StoreOptions;
  /** What must not be evicted: one small entry a namespace, on which all its others hang. */
  readonly #pinned: Map<string, Slot> = new Map();
  #versions = 0;
  #purge: Timer | undefined;

  constructor(options: StoreOptions) {
    const { maxEntries, maxBytes, clock } = options;
    this.#options = options;
    const time = new TurnTime(clock, 'monotonic');
    this.#slots = new LRUCache<string, Slot>({
      max: maxEntries,
      ...(maxBytes !== undefined && { maxSize: maxBytes }),
      // Monotonic: a wall clock that is set back must not lengthen a life.
      perf: { now: () => time.now() + EPOCH_OFFSET },
      ttlResolution: 0,
    });
  }

  get(key: string): Slot | undefined {
    return this.#slots.get(key) ?? this.#pinned.get(key);
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
    this.#pinned.delete(key);
    this.#place(key, { payload, version: this.#versions }, ttlMs, size);
    return this.#versions;
  }

  /** As `put`, without end and out of reach of eviction. */
  pin(key: string, payload: unknown): number {
    this.#versions += 1;
    this.#slots.delete(key);
    this.#pinned.set(key, { payload, version: this.#versions });
    return this.#versions;
  }

  /** Another life for what is there, which keeps its version. */
  renew(key: string, slot: Slot, ttlMs: number | null): void {
    this.#pinned.delete(key);
    this.#place(key, slot, ttlMs, this.measure(slot.payload) ?? 1);
  }

  delete(key: string): boolean {
    // An expired slot is still held, but no longer there.
    const there = this.#slots.has(key);
    this.#slots.delete(key);
    return this.#pinned.delete(key) || there;
  }

  remainingMs(key: string): number | null | undefined {
    if (this.#pinned.has(key)) return null;
    if (!this.#slots.has(key)) return undefined;
    const left = this.#slots.getRemainingTTL(key);
    return left === Number.POSITIVE_INFINITY ? null : left;
  }

  keys(): string[] {
    return [...this.#slots.keys(), ...this.#pinned.keys()];
  }

  clear(): void {
    this.#slots.clear();
    this.#pinned.clear();
    this.#purge?.cancel();
    this.#purge = undefined;
  }

  #place(key: string, slot: Slot, ttlMs: number | null, size: number): void {
    // A fresh object each time, since lru-cache writes on it.
    const options = this.#options.maxBytes === undefined ? {} : { size };
    this.#slots.set(key, slot, ttlMs === null ? options : { ...options, ttl: ttlMs });
    if (ttlMs !== null) this.#armPurge();
  }

  #armPurge(): void {
    if (this.#purge !== undefined) return;
    this.#purge = this.#options.clock.schedule(() => {
      this.#purge = undefined;
      this.#slots.purgeStale();
      if (this.#slots.size > 0) this.#armPurge();
    }, this.#options.purgeIntervalMs);
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
