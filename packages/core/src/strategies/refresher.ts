import type { Clock, Timer } from '../clock.ts';
import type { Repository } from './repository.ts';

export interface Rhythm {
  readonly everyMs: number;
  readonly withinMs: number;
  readonly most: number;
}

/** Refreshes the keys that are in use, one round after the other. */
export class Refresher<K> {
  readonly #repository: Pick<Repository<K, unknown>, 'refresh'>;
  readonly #rhythm: Rhythm;
  readonly #clock: Clock;
  readonly #onError: ((error: unknown, key: K) => void) | undefined;
  /** When each key was asked for last, the longest ago first. */
  readonly #usedAt: Map<K, number> = new Map();
  #timer: Timer | undefined;
  #round: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    repository: Pick<Repository<K, unknown>, 'refresh'>,
    rhythm: Rhythm,
    clock: Clock,
    onError: ((error: unknown, key: K) => void) | undefined,
  ) {
    this.#repository = repository;
    this.#rhythm = rhythm;
    this.#clock = clock;
    this.#onError = onError;
  }

  used(key: K): void {
    if (this.#closed) return;
    this.#usedAt.delete(key);
    this.#usedAt.set(key, this.#clock.monotonic());
    if (this.#usedAt.size > this.#rhythm.most) {
      const [oldest] = this.#usedAt.keys();
      if (oldest !== undefined) this.#usedAt.delete(oldest);
    }
    if (this.#timer === undefined) this.#next();
  }

  forget(key: K): void {
    this.#usedAt.delete(key);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#usedAt.clear();
    await this.#round;
  }

  #next(): void {
    this.#timer = this.#clock.schedule(() => {
      this.#round = this.#refresh().then(() => {
        this.#timer = undefined;
        if (!this.#closed && this.#usedAt.size > 0) this.#next();
      });
    }, this.#rhythm.everyMs);
    this.#timer.unref();
  }

  async #refresh(): Promise<void> {
    const oldest = this.#clock.monotonic() - this.#rhythm.withinMs;
    const keys = [...this.#usedAt].filter(([key, usedAt]) => {
      if (usedAt < oldest) this.#usedAt.delete(key);
      return usedAt >= oldest;
    });
    await Promise.all(
      keys.map(async ([key]) => {
        try {
          if (!this.#closed) await this.#repository.refresh(key);
        } catch (error) {
          this.#onError?.(error, key);
        }
      }),
    );
  }
}
