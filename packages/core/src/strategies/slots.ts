import { CacheError } from '../error.ts';

/** Lets so many work at once; the others wait in order. */
export class Slots {
  readonly #most: number;
  #taken = 0;
  readonly #waiting: Set<() => void> = new Set();

  /** @throws CacheError `INVALID_OPTION` */
  constructor(most: number, option: string) {
    if (!Number.isInteger(most) || most < 1) {
      throw new CacheError('INVALID_OPTION', `${option} must be a whole number above 0`);
    }
    this.#most = most;
  }

  /** @throws CacheError `BUSY` when the signal is aborted before there is a place */
  async run<T>(work: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#taken >= this.#most) await this.#wait(signal);
    else this.#taken += 1;
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(go);
        signal.removeEventListener('abort', onAbort);
      };
      const go = (): void => {
        leave();
        resolve();
      };
      const onAbort = (): void => {
        leave();
        const message = `waited in vain for one of ${this.#most} loads to end; raise maxConcurrency or hardTimeout`;
        reject(new CacheError('BUSY', message, { retryable: true, cause: signal.reason }));
      };
      if (signal.aborted) return onAbort();
      this.#waiting.add(go);
      signal.addEventListener('abort', onAbort);
    });
  }
}
