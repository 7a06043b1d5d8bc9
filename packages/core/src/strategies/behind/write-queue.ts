import { Lane, type PendingWrite } from './lane.ts';

/** Most of one batch. */
export interface Portion {
  readonly count: number;
  readonly bytes: number;
}

interface Shelves<K> {
  readonly set: Map<string, Lane<K>>;
  readonly delete: Map<string, Lane<K>>;
}

/** What is written and not done with, by key. Holds no clock and does no I/O: who drains it tells it the time. */
export class WriteQueue<K> {
  readonly #lanes: Map<string, Lane<K>> = new Map();
  /** Lanes with something to send, by operation, the longest waiting first: those not tried yet, and the others. */
  readonly #fresh: Shelves<K> = { set: new Map(), delete: new Map() };
  readonly #again: Shelves<K> = { set: new Map(), delete: new Map() };
  /** Lanes that wait for another attempt. */
  readonly #delayed: Set<Lane<K>> = new Set();
  #retryAt = Number.POSITIVE_INFINITY;
  /** By the sequence of the first write that one stands for: when that was accepted. The oldest first. */
  readonly #unfinished: Map<number, number> = new Map();
  readonly #since: WeakMap<PendingWrite<K>, number> = new WeakMap();
  readonly #freed: (bytes: number) => void;
  #superseded: number[] = [];
  #readyBytes = 0;
  #bytes = 0;
  #coalesced = 0;

  /** @param freed is told the bytes of each write that is superseded or done with */
  constructor(freed: (bytes: number) => void) {
    this.#freed = freed;
  }

  /** Writes not done with. */
  get size(): number {
    return this.#unfinished.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get coalesced(): number {
    return this.#coalesced;
  }

  /** What could be sent now. */
  get ready(): Portion {
    const shelves = [this.#fresh.set, this.#fresh.delete, this.#again.set, this.#again.delete];
    return { count: shelves.reduce((sum, { size }) => sum + size, 0), bytes: this.#readyBytes };
  }

  /** When the oldest write that is not done with was accepted, ms since 1970. */
  get oldestAcceptedAt(): number | undefined {
    const [oldest] = this.#unfinished.values();
    return oldest;
  }

  /** Since when, monotonic, the one that was not tried yet and waits longest does so. */
  get freshSince(): number | undefined {
    return firstOf(this.#fresh)?.waitingSince;
  }

  /** Whether one that failed can be tried again. */
  get hasAgain(): boolean {
    return firstOf(this.#again) !== undefined;
  }

  /** When the next one that failed may be tried again, monotonic. */
  get retryAt(): number {
    return this.#retryAt;
  }

  /** Whether everything up to a sequence is done with, what superseded it included. */
  isDone(sequence: number): boolean {
    const [oldest] = this.#unfinished.keys();
    return oldest === undefined || oldest > sequence;
  }

  /** The names of what is not done with. */
  names(): string[] {
    return [...this.#lanes.keys()];
  }

  newest(name: string): PendingWrite<K> | undefined {
    return this.#lanes.get(name)?.newest;
  }

  /** Takes a write in, whose sequence is above all others. What waits under its key will never be sent. */
  accept(write: PendingWrite<K>, now: number): void {
    const lane = this.#lanes.get(write.name) ?? new Lane<K>(write.name);
    this.#lanes.set(write.name, lane);
    this.#bytes += write.bytes;
    this.#since.set(write, write.sequence);
    this.#unfinished.set(write.sequence, write.acceptedAt);
    lane.tries = 0;
    const before = lane.waiting;
    if (before === undefined) {
      lane.waitingSince = now;
      lane.waiting = write;
      this.#place(lane, now);
      return;
    }
    this.#supersede(before, write);
    const shelf = this.#shelf(lane);
    const isReady = shelf.has(lane.name);
    lane.waiting = write;
    if (!isReady) return;
    this.#readyBytes += write.bytes - before.bytes;
    if (shelf === this.#shelf(lane)) return;
    shelf.delete(lane.name);
    this.#shelf(lane).set(lane.name, lane);
  }

  /**
   * Takes the next batch out, of one operation: those that wait longest. Empty = nothing to send.
   * @param from those that failed before, or those that were not tried yet
   * @param countOf most of an operation
   */
  take(from: 'again' | 'fresh', countOf: (operation: 'set' | 'delete') => number, bytes: number): Lane<K>[] {
    const first = firstOf(from === 'again' ? this.#again : this.#fresh);
    if (first === undefined) return [];
    const taken: Lane<K>[] = [];
    let takenBytes = 0;
    let most = countOf(operationOf(first));
    for (const lane of this.#shelf(first).values()) {
      const size = lane.waiting?.bytes ?? 0;
      if (taken.length > 0 && takenBytes + size > bytes) break;
      if (lane.most <= taken.length) continue;
      most = Math.min(most, lane.most);
      taken.push(lane);
      takenBytes += size;
      if (taken.length >= most) break;
    }
    for (const lane of taken) {
      this.#unready(lane);
      lane.sent = lane.waiting;
      lane.waiting = undefined;
    }
    return taken;
  }

  /** The source did not take what was sent: it waits again, unless a newer one of its key does. */
  refused(lane: Lane<K>, retryAt: number, now: number): void {
    const { sent } = lane;
    lane.sent = undefined;
    if (sent === undefined) return;
    lane.retryAt = retryAt;
    lane.failures += 1;
    if (lane.waiting === undefined) lane.waiting = sent;
    else this.#supersede(sent, lane.waiting);
    this.#place(lane, now);
  }

  /** The source has what was sent, or somebody else took it over. It stays until `finish`. */
  settled(lane: Lane<K>, now: number): PendingWrite<K> | undefined {
    const { sent } = lane;
    lane.sent = undefined;
    if (sent === undefined) return undefined;
    lane.applied.push(sent);
    lane.retryAt = 0;
    lane.failures = 0;
    lane.tries = 0;
    lane.most = Number.POSITIVE_INFINITY;
    if (lane.waiting !== undefined) this.#place(lane, now);
    return sent;
  }

  /** Forgets a write that was settled. */
  finish(write: PendingWrite<K>): void {
    const lane = this.#lanes.get(write.name);
    const at = lane?.applied.indexOf(write) ?? -1;
    if (lane === undefined || at < 0) return;
    lane.applied.splice(at, 1);
    if (lane.newest === undefined) this.#lanes.delete(write.name);
    this.#unfinished.delete(this.#since.get(write) ?? write.sequence);
    this.#free(write);
  }

  /** The sequences of what was superseded before it was sent, once. */
  takeSuperseded(): number[] {
    const taken = this.#superseded;
    this.#superseded = [];
    return taken;
  }

  /** Lets what failed at most so often be tried at once. */
  hurry(tries: number, now: number): void {
    for (const lane of this.#delayed) {
      if (lane.tries > tries) continue;
      lane.retryAt = now;
      this.#retryAt = Math.min(this.#retryAt, now);
    }
  }

  #shelf(lane: Lane<K>): Map<string, Lane<K>> {
    const shelves = lane.failures > 0 ? this.#again : this.#fresh;
    return shelves[operationOf(lane)];
  }

  #place(lane: Lane<K>, now: number): void {
    if (lane.sent !== undefined) return;
    if (lane.retryAt > now) {
      this.#delayed.add(lane);
      this.#retryAt = Math.min(this.#retryAt, lane.retryAt);
      return;
    }
    this.#shelf(lane).set(lane.name, lane);
    this.#readyBytes += lane.waiting?.bytes ?? 0;
  }

  #unready(lane: Lane<K>): void {
    if (this.#shelf(lane).delete(lane.name)) this.#readyBytes -= lane.waiting?.bytes ?? 0;
  }

  /** Moves those whose pause is over to what can be sent. */
  wake(now: number): void {
    if (this.#retryAt > now) return;
    this.#retryAt = Number.POSITIVE_INFINITY;
    for (const lane of this.#delayed) {
      if (lane.retryAt <= now) this.#delayed.delete(lane);
      this.#place(lane, now);
    }
  }

  /** The newer one stands for the older from now on, whose record may be forgotten: the newer one's is there. */
  #supersede(older: PendingWrite<K>, newer: PendingWrite<K>): void {
    this.#coalesced += 1;
    this.#superseded.push(older.sequence);
    this.#unfinished.delete(this.#since.get(newer) ?? newer.sequence);
    this.#since.set(newer, this.#since.get(older) ?? older.sequence);
    this.#free(older);
  }

  #free(write: PendingWrite<K>): void {
    this.#bytes -= write.bytes;
    this.#freed(write.bytes);
  }
}

function operationOf<K>(lane: Lane<K>): 'set' | 'delete' {
  return lane.waiting?.value === undefined ? 'delete' : 'set';
}

function firstOf<K>({ set, delete: removals }: Shelves<K>): Lane<K> | undefined {
  const [first] = set.values();
  const [removal] = removals.values();
  if (first === undefined || removal === undefined) return first ?? removal;
  return removal.waitingSince < first.waitingSince ? removal : first;
}
