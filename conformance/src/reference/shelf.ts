import { type Clock, type Condition, memoryPubSub, type PubSub } from '@cache/core';

/** What is under a key: bytes, or a counter. */
export interface Item {
  readonly held: Uint8Array | bigint | number;
  readonly version: number;
  /** Wall clock, ms; Infinity = no end. */
  readonly endsAt: number;
  readonly pinned?: boolean;
}

/** A Map that tells of every change. */
class Items extends Map<string, Item> {
  readonly watchers: Set<(key: string) => void> = new Set();

  override set(key: string, item: Item): this {
    super.set(key, item);
    this.#tell(key);
    return this;
  }

  override delete(key: string): boolean {
    const was = super.delete(key);
    if (was) this.#tell(key);
    return was;
  }

  override clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }

  #tell(key: string): void {
    for (const watcher of this.watchers) watcher(key);
  }
}

/** Where the reference adapter keeps things: a Map, and a count that makes versions. */
export class Shelf {
  readonly items: Items = new Items();
  /** What is published among the adapters of this shelf. */
  readonly published: PubSub = memoryPubSub();
  /** Whether versions go back with the rest when the shelf is put back: a defect. */
  countsBack = false;
  readonly #clock: Clock;
  readonly #resolutionMs: number;
  #versions = 0;

  /** @param resolutionMs lives are rounded up to a multiple of it */
  constructor(clock: Clock, resolutionMs: number) {
    this.#clock = clock;
    this.#resolutionMs = resolutionMs;
  }

  /** Hears of every change of a key. Gives the function that ends this. */
  watch(watcher: (key: string) => void): () => void {
    const { watchers } = this.items;
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }

  get(key: string): Item | undefined {
    const item = this.items.get(key);
    if (item === undefined || this.#clock.now() < item.endsAt) return item;
    this.items.delete(key);
    return undefined;
  }

  put(key: string, held: Item['held'], ttlMs: number | null, pinned = false): number {
    this.#versions += 1;
    this.items.set(key, { held, version: this.#versions, endsAt: this.#end(ttlMs), pinned });
    return this.#versions;
  }

  /** Forgets what is not pinned, as a store does that is short of room. */
  press(): void {
    for (const [key, { pinned }] of this.items) if (pinned !== true) this.items.delete(key);
  }

  /** Remembers everything; what it answers puts it back. */
  snapshot(): () => void {
    const items = [...this.items];
    const versions = this.#versions;
    return () => {
      this.items.clear();
      for (const [key, item] of items) this.items.set(key, item);
      if (this.countsBack) this.#versions = versions;
    };
  }

  /** The same with another life. */
  renew(key: string, item: Item, ttlMs: number | null): void {
    this.items.set(key, { ...item, endsAt: this.#end(ttlMs) });
  }

  /** The same counter with another number. */
  count(key: string, item: Item, held: bigint | number): void {
    this.items.set(key, { ...item, held });
  }

  remaining(key: string): number | null | undefined {
    const item = this.get(key);
    if (item === undefined) return undefined;
    return item.endsAt === Number.POSITIVE_INFINITY ? null : item.endsAt - this.#clock.now();
  }

  #end(ttlMs: number | null): number {
    if (ttlMs === null) return Number.POSITIVE_INFINITY;
    return this.#clock.now() + Math.ceil(ttlMs / this.#resolutionMs) * this.#resolutionMs;
  }
}

/** Whether a condition holds for what is there. */
export function holds(when: Condition | undefined, item: Item | undefined): boolean {
  if (when === undefined) return true;
  if (when === 'absent') return item === undefined;
  if (when === 'present') return item !== undefined;
  return item !== undefined && item.version === when.version;
}
