import type { Values } from '../cache/face.ts';
import type { LoadContext } from '../cache/load-context.ts';
import type { LoadPolicy } from '../cache/load-options.ts';
import type { CallOptions, EntryOptions } from '../cache/options.ts';
import type { WarmOptions, WarmReport } from '../cache/warm.ts';
import { CacheError } from '../error.ts';
import type { DataStore } from './data-store.ts';
import type { Repository } from './repository.ts';
import { Slots } from './slots.ts';

/** What every strategy takes. */
export interface StrategyOptions<K, V> extends EntryOptions, LoadPolicy {
  /** Where values are cached: a cache or a namespace, used by this repository alone. */
  readonly cache: Values<unknown, 'queued'>;
  readonly store: DataStore<K, V>;
  /** The cache key of a key of the source: different for different ones. Default for strings: itself. */
  readonly key?: (key: K) => string;
  /** Loads at once; further ones wait until their `hardTimeout`, then fail with `BUSY`. Default: 10. */
  readonly maxConcurrency?: number;
}

const MAX_CONCURRENCY = 10;

/** Reading a source through a cache: the part that all strategies share. */
export class ReadSide<K, V> {
  readonly cache: Values<unknown, 'queued'>;
  readonly store: DataStore<K, V>;
  readonly entry: EntryOptions & LoadPolicy;
  readonly #keyOf: ((key: K) => string) | undefined;
  readonly #slots: Slots;

  /** @throws CacheError `INVALID_OPTION` */
  constructor(strategy: string, options: StrategyOptions<K, V>) {
    const { cache, store, key, maxConcurrency = MAX_CONCURRENCY, ...entry } = options;
    if (typeof cache?.getOrSet !== 'function') {
      throw new CacheError('INVALID_OPTION', `${strategy}: cache must be a cache or a namespace`);
    }
    for (const method of ['get', 'set', 'delete'] as const) {
      if (typeof store?.[method] === 'function') continue;
      throw new CacheError('INVALID_OPTION', `${strategy}: store must have the methods get, set and delete`);
    }
    this.cache = cache;
    this.store = store;
    this.entry = entry;
    this.#keyOf = key;
    this.#slots = new Slots(maxConcurrency, `${strategy}: maxConcurrency`);
  }

  keyOf(key: K): string {
    if (this.#keyOf !== undefined) return this.#keyOf(key);
    if (typeof key === 'string') return key;
    const message =
      'a repository whose keys are no strings needs { key }: a function that makes a string of a key';
    throw new CacheError('INVALID_OPTION', message);
  }

  async get(key: K, options: CallOptions = {}): Promise<V | undefined> {
    const value = await this.cache.getOrSet(this.keyOf(key), this.#loader(key), {
      ...this.entry,
      ...options,
    });
    return (value ?? undefined) as V | undefined;
  }

  async getMany(keys: readonly K[], options: CallOptions = {}): Promise<(V | undefined)[]> {
    const named = new Map(keys.map((key) => [this.keyOf(key), key]));
    const values = await this.cache.getOrSetMany(
      keys.map((key) => this.keyOf(key)),
      async (missing, { signal }) => {
        const wanted = missing.map((name) => named.get(name) as K);
        const found = await this.#loadMany(wanted, signal);
        // What the source does not have is remembered, too.
        return new Map(wanted.map((key, index) => [missing[index] as string, found.get(key) ?? null]));
      },
      { ...this.entry, ...options },
    );
    return values.map((value) => (value ?? undefined) as V | undefined);
  }

  async has(key: K, options: CallOptions = {}): Promise<boolean> {
    const cached = await this.cache.lookup(this.keyOf(key), options);
    if (cached.state === 'hit') return cached.value !== null;
    if (this.store.has !== undefined) return await this.store.has(key);
    return (await this.get(key, options)) !== undefined;
  }

  async refresh(key: K, options: CallOptions = {}): Promise<V | undefined> {
    const value = await this.cache.refresh(this.keyOf(key), this.#loader(key), { ...this.entry, ...options });
    return (value ?? undefined) as V | undefined;
  }

  async warm(keys: Iterable<K>, options: WarmOptions = {}): Promise<WarmReport> {
    const named = new Map(Array.from(keys, (key) => [this.keyOf(key), key]));
    const load = (name: string, context: LoadContext): unknown => this.#loader(named.get(name) as K)(context);
    return await this.cache.warm(named.keys(), load, { ...this.entry, ...options });
  }

  /** The methods of a repository that read. */
  reading(): Pick<Repository<K, V>, 'get' | 'getMany' | 'has' | 'refresh' | 'warm'> {
    return {
      get: (key, call) => this.get(key, call),
      getMany: (keys, call) => this.getMany(keys, call),
      has: (key, call) => this.has(key, call),
      refresh: (key, call) => this.refresh(key, call),
      warm: (keys, call) => this.warm(keys, call),
    };
  }

  #loader(key: K): (context: LoadContext) => Promise<unknown> {
    return async ({ signal }) => {
      return (await this.#slots.run(() => this.store.get(key, { signal }), signal)) ?? null;
    };
  }

  async #loadMany(keys: readonly K[], signal: AbortSignal): Promise<ReadonlyMap<K, V>> {
    const { store } = this;
    if (store.getMany !== undefined) {
      const getMany = store.getMany.bind(store);
      return await this.#slots.run(() => getMany(keys, { signal }), signal);
    }
    const values = await Promise.all(
      keys.map((key) => this.#slots.run(() => store.get(key, { signal }), signal)),
    );
    const found = new Map<K, V>();
    keys.forEach((key, index) => {
      const value = values[index];
      if (value !== undefined) found.set(key, value);
    });
    return found;
  }
}
