import type { ConnectionEvent } from '@cache/core';

/** Who is told of the connections. */
export class Listeners {
  readonly #listeners: Set<(event: ConnectionEvent) => void> = new Set();

  on(listener: (event: ConnectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A listener that throws must not end the driver's own work, in whose event it is called. */
  tell(event: ConnectionEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        process.emitWarning(
          `@cache/memcached-shared: a listener of the connection threw: ${String(error)}`,
          'CacheWarning',
        );
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
