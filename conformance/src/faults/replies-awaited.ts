import type { Frame } from './frame.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Who waits for the answer to which request. */
export class RepliesAwaited {
  readonly #waiters: Map<Frame, Waiter> = new Map();

  get size(): number {
    return this.#waiters.size;
  }

  wait(request: Frame): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.set(request, { resolve, reject }));
  }

  came(request: Frame): void {
    this.#waiters.get(request)?.resolve();
    this.#waiters.delete(request);
  }

  /** None will come any more. */
  lost(error: Error): void {
    for (const waiter of this.#waiters.values()) waiter.reject(error);
    this.#waiters.clear();
  }
}
