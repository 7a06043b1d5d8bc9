import { CacheError } from '../error.ts';
import { LOADING, type Waiter } from './flights.ts';

/** What the loader of many keys gets. */
export interface LoadManyContext {
  /** Aborted when the cache is closed, or when the load of one of the keys has taken longer than `hardTimeout`. */
  readonly signal: AbortSignal;
}

/** Brings the values of keys from their source, by key. A key that is not in the answer has no value there. */
export type ManyLoader<V> = (
  keys: readonly string[],
  context: LoadManyContext,
) => ReadonlyMap<string, V> | Promise<ReadonlyMap<string, V>>;

interface Asked {
  readonly key: string;
  readonly signal: AbortSignal;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Stands for a value that the source does not have. */
export const NO_VALUE: unique symbol = Symbol('no value');

/**
 * Calls one loader for many keys, each of which has a flight of its own: once for all that come to be loaded at first,
 * when the others were found or turned out to be loaded elsewhere, and again for those that come later.
 */
export class LoadGroup {
  readonly #loader: ManyLoader<unknown>;
  readonly #undecided: Set<string>;
  readonly #waiter: Waiter = { awaited: new Set() };
  #asked: Asked[] = [];

  constructor(loader: ManyLoader<unknown>, keys: readonly string[]) {
    this.#loader = loader;
    this.#undecided = new Set(keys);
  }

  /** The value of a key, as part of a call for many. */
  load(key: string, signal: AbortSignal): Promise<unknown> {
    // The load of each key waits for the call for all.
    LOADING.get()?.awaited.add(this.#waiter);
    return new Promise((resolve, reject) => {
      this.#asked.push({ key, signal, resolve, reject });
      this.pass(key);
    });
  }

  /** A key is not to be loaded, or not now: the others need not wait for it. */
  pass(key: string): void {
    this.#undecided.delete(key);
    if (this.#undecided.size === 0 && this.#asked.length > 0) void this.#call();
  }

  async #call(): Promise<void> {
    const asked = this.#asked;
    this.#asked = [];
    const keys = [...new Set(asked.map(({ key }) => key))];
    try {
      const signal = anyOf(asked.map((one) => one.signal));
      const values = await LOADING.run(this.#waiter, async () => await this.#loader(keys, { signal }));
      if (!(values instanceof Map)) throw notAMap();
      for (const { key, resolve } of asked) resolve(values.has(key) ? values.get(key) : NO_VALUE);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}

function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}

function notAMap(): CacheError {
  return new CacheError('INVALID_VALUE', 'getOrSetMany: the loader must return a Map of values by key', {
    operation: 'getOrSetMany',
  });
}
