import type { ConnectionEvent } from '../contract/facets.ts';
import type { CacheError } from '../error.ts';
import type { Logger } from './options.ts';

interface About {
  /** The names from the root to the namespace, joined by `/`. */
  readonly namespace: string;
}

interface AboutKey extends About {
  /** As the caller wrote it. */
  readonly key: string;
}

/** What a cache tells its listeners, of all its namespaces. */
export interface CacheEvents {
  readonly hit: AboutKey;
  readonly miss: AboutKey & { readonly reason: MissReason };
  readonly write: AboutKey;
  readonly remove: AboutKey;
  readonly clear: About;
  readonly load: AboutKey & { readonly durationMs: number };
  /** An invalidation that had been queued was carried out. */
  readonly recover: About & { readonly operation: string; readonly key: string | undefined };
  /** A failure; `swallowed` = the caller was not told, because reads fail open or the work was in the background. */
  readonly error: About & { readonly error: CacheError; readonly swallowed: boolean };
}

/** `unreadable`: there is an entry, but not of this cache's codec, or the codec refused it. */
export type MissReason = 'absent' | 'stale' | 'unreadable' | 'unavailable';

export type CacheEventName = keyof CacheEvents;

export type CacheListener<E extends CacheEventName> = (event: CacheEvents[E]) => void;

export type ConnectionListener = (event: ConnectionEvent) => void;

/** Listeners by event. One that throws is reported to the logger and harms nobody else. */
export class Events {
  #any = false;
  readonly #listeners: Map<CacheEventName, Set<CacheListener<never>>> = new Map();
  readonly #logger: Logger | undefined;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  /** Returns the function that ends the subscription. */
  on(name: CacheEventName, listener: CacheListener<never>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    this.#any = true;
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name);
      this.#any = this.#listeners.size > 0;
    };
  }

  /** Whether anybody listens to anything. */
  get any(): boolean {
    return this.#any;
  }

  /** Whether an event is worth making. */
  has(name: CacheEventName): boolean {
    return this.#any && this.#listeners.has(name);
  }

  emit<E extends CacheEventName>(name: E, event: CacheEvents[E]): void {
    for (const listener of this.#listeners.get(name) ?? [])
      this.tell(name, listener as CacheListener<E>, event);
  }

  /** Tells one listener. What it throws, or rejects with, goes to the logger. */
  tell<T>(name: string, listener: (event: T) => void, event: T): void {
    try {
      const result: unknown = listener(event);
      if (result instanceof Promise) result.catch((error: unknown) => this.#report(name, error));
    } catch (error) {
      this.#report(name, error);
    }
  }

  #report(name: string, error: unknown): void {
    try {
      this.#logger?.warn(`a listener of '${name}' failed`, error);
    } catch {
      // A logger that throws as well leaves nobody to tell.
    }
  }
}
