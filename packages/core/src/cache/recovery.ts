import type { Clock, Timer } from '../clock.ts';
import { CacheError } from '../error.ts';
import type { Events } from './events.ts';
import type { Logger } from './options.ts';

/** An invalidation that failed and is to be tried again. */
export interface Overdue {
  /** Two of the same name do the same: one is enough. */
  readonly name: string;
  readonly namespace: string;
  readonly operation: string;
  readonly key: string | undefined;
  /** Tries it again. */
  run(): Promise<unknown>;
}

/** More than that are not remembered: then they reject. */
const MOST = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** So many are tried at once. */
const PORTION = 100;

/**
 * Invalidations that the server did not take, in the memory of this process, in the order in which they failed. They are
 * tried again until the server takes them; what was loaded before stays in the cache until then.
 */
export class Recovery {
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #logger: Logger | undefined;
  readonly #overdue: Map<string, Overdue> = new Map();
  #pauseMs = FIRST_PAUSE_MS;
  #timer: Timer | undefined;
  #closed = false;

  constructor(clock: Clock, events: Events, logger: Logger | undefined) {
    this.#clock = clock;
    this.#events = events;
    this.#logger = logger;
  }

  /** Whether it is remembered. */
  add(overdue: Overdue): boolean {
    if (this.#closed || (this.#overdue.size >= MOST && !this.#overdue.has(overdue.name))) return false;
    this.#overdue.set(overdue.name, overdue);
    if (this.#timer === undefined) this.#wait();
    return true;
  }

  /** Ends the attempts. What is left is told to the logger: it lives as long as it would have. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    if (this.#overdue.size === 0) return;
    this.#logger?.warn(`closed with ${this.#overdue.size} queued invalidations that were not carried out`);
    this.#overdue.clear();
  }

  #wait(): void {
    this.#timer = this.#clock.schedule(() => void this.#again(), this.#pauseMs);
    this.#timer.unref();
  }

  async #again(): Promise<void> {
    const portion = [...this.#overdue.values()].slice(0, PORTION);
    const results = await Promise.all(portion.map((overdue) => this.#try(overdue)));
    if (this.#closed) return;
    if (this.#overdue.size > PORTION) this.#putBack(portion);
    const better = results.includes(true);
    this.#pauseMs = better ? FIRST_PAUSE_MS : Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    this.#timer = undefined;
    if (this.#overdue.size > 0) this.#wait();
  }

  /** What failed again comes last, so that keys of a server that is down do not keep others waiting. */
  #putBack(portion: readonly Overdue[]): void {
    for (const overdue of portion) {
      if (this.#overdue.get(overdue.name) !== overdue) continue;
      this.#overdue.delete(overdue.name);
      this.#overdue.set(overdue.name, overdue);
    }
  }

  /** Whether it is done with: carried out, or impossible. */
  async #try(overdue: Overdue): Promise<boolean> {
    const { name, namespace, operation, key } = overdue;
    try {
      await overdue.run();
      this.#events.emit('recover', { namespace, operation, key });
    } catch (error) {
      if (isOfTheServer(error)) return false;
    }
    // Another one of this name may have come meanwhile.
    if (this.#overdue.get(name) === overdue) this.#overdue.delete(name);
    return true;
  }
}

/** Whether a failure is the server's, which another attempt may not meet. */
export function isOfTheServer(error: unknown): boolean {
  return error instanceof CacheError && error.retryable && error.code !== 'CLOSED';
}
