import { CLOSED } from '../contract/call.ts';

/** The calls of a cache that are under way, so that `close` lets each end as it would have, however many steps it has. */
export class Calls {
  #underWay = 0;
  #closed = false;
  #onIdle: (() => void) | undefined;

  get closed(): boolean {
    return this.#closed;
  }

  /** Runs one call. @throws Failure `CLOSED` once `close` was called */
  async track<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closed) throw CLOSED;
    this.#underWay += 1;
    try {
      return await run();
    } finally {
      this.#ended();
    }
  }

  /** Lets `close` wait for what a call that is under way leaves to be done behind its back. */
  leave(rest: Promise<void>): void {
    this.#underWay += 1;
    void rest.finally(() => this.#ended());
  }

  /** Refuses further calls; resolves when those under way have ended. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #ended(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onIdle?.();
  }
}
