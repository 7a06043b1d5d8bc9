import { CacheError, type Call, type Clock, type ConnectionEvent, type ConnectionEvents } from '@cache/core';

const ENDPOINT = 'reference:1';

/** The facet connection over something that is up or not. */
export class ReferenceConnection {
  readonly facet: ConnectionEvents;
  readonly #isUp: () => boolean;
  readonly #clock: Clock;
  readonly #listeners: Set<(event: ConnectionEvent) => void> = new Set();
  #closed = false;

  constructor(isUp: () => boolean, clock: Clock) {
    this.#isUp = isUp;
    this.#clock = clock;
    this.facet = {
      ready: (call) => this.#ready(call),
      on: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  tell(kind: 'lost' | 'ready'): void {
    for (const listener of this.#listeners) {
      try {
        listener({ kind, endpoint: ENDPOINT });
      } catch {
        // Whoever listens has nothing to say here.
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }

  async #ready({ deadline, signal }: Call): Promise<void> {
    const ms = deadline - this.#clock.monotonic();
    const end = performance.now() + ms;
    while (true) {
      if (this.#closed) throw new CacheError('CLOSED', 'ready: it was closed');
      if (signal?.aborted) throw new CacheError('ABORTED', 'ready: aborted', { cause: signal.reason });
      if (this.#isUp()) return;
      if (performance.now() >= end) throw new CacheError('UNAVAILABLE', 'ready: no connection');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
