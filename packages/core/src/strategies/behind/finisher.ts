import type { Values } from '../../cache/face.ts';
import type { Clock, Timer } from '../../clock.ts';
import type { Journal } from '../../contract/journal.ts';
import { CacheError } from '../../error.ts';
import type { Backoff } from './backoff.ts';
import type { PendingWrite } from './lane.ts';
import type { Progress } from './progress.ts';
import type { WriteQueue } from './write-queue.ts';

/**
 * What comes after the source: the cached value goes, then the record. In this order, so that a process that dies in
 * between leaves a record that is applied again, never a stale value. Until both are done the queue answers reads.
 */
export class Finisher<K> {
  readonly #queue: WriteQueue<K>;
  readonly #cache: Values<unknown, 'queued'>;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #progress: Progress;
  readonly #onFinish: () => void;
  #settled: PendingWrite<K>[] = [];
  #superseded: number[] = [];
  #running = false;
  #failures = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    parts: {
      readonly queue: WriteQueue<K>;
      readonly cache: Values<unknown, 'queued'>;
      readonly journal: Journal;
      readonly clock: Clock;
      readonly backoff: Backoff;
      readonly progress: Progress;
    },
    onFinish: () => void,
  ) {
    this.#queue = parts.queue;
    this.#cache = parts.cache;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#backoff = parts.backoff;
    this.#progress = parts.progress;
    this.#onFinish = onFinish;
  }

  /** Takes over what is settled. In the order in which it was, key by key. */
  add(writes: readonly PendingWrite<K>[]): void {
    this.#settled.push(...writes);
    if (this.#timer === undefined) void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (this.#settled.length > 0 && this.#timer === undefined && !this.#stopped) {
      const group = this.#settled;
      this.#settled = [];
      if (await this.#finish(group)) continue;
      this.#settled = [...group, ...this.#settled];
    }
    this.#running = false;
  }

  /** Whether it was done. */
  async #finish(group: readonly PendingWrite<K>[]): Promise<boolean> {
    // A newer write of a key has put its own value into the cache, and takes it out when it is done with.
    const names = [...new Set(group.filter((write) => this.#isNewest(write)).map(({ name }) => name))];
    this.#superseded.push(...this.#queue.takeSuperseded());
    const sequences = [...this.#superseded, ...group.map(({ sequence }) => sequence)];
    try {
      if (names.length > 0) await this.#invalidate(names);
      // Of a tenure that has ended meanwhile the next one takes care.
      if (this.#stopped) return false;
      await this.#journal.acknowledge(sequences.sort((a, b) => a - b));
    } catch (error) {
      this.#later(group, error);
      return false;
    }
    this.#failures = 0;
    this.#superseded = [];
    for (const write of group) this.#queue.finish(write);
    this.#onFinish();
    return true;
  }

  async #invalidate(names: readonly string[]): Promise<void> {
    const gone = await this.#cache.deleteMany(names);
    // What is queued in memory would die with this process, and the record is what it is done again by.
    if (!gone.includes('queued')) return;
    throw new CacheError('UNAVAILABLE', 'the invalidation is queued', { retryable: true });
  }

  #isNewest(write: PendingWrite<K>): boolean {
    return this.#queue.newest(write.name) === write;
  }

  #later(group: readonly PendingWrite<K>[], error: unknown): void {
    if (this.#stopped) return;
    this.#failures += 1;
    const delayMs = this.#backoff.delayMs(this.#failures);
    this.#timer = this.#clock.schedule(() => {
      this.#timer = undefined;
      void this.#run();
    }, delayMs);
    const keys = group.map(({ name }) => name);
    this.#progress.tell({ type: 'unfinished', keys, error, delayMs, left: this.#queue.size });
  }
}
