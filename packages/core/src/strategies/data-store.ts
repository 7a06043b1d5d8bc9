/** What a call to a source of truth gets. */
export interface StoreCall {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/**
 * A source of truth, such as a table of a database or a service. undefined = it has nothing under that key; null is
 * taken for the same. The methods for many are used where they are given, else those for one.
 */
export interface DataStore<K, V> {
  get(key: K, call?: StoreCall): V | undefined | Promise<V | undefined>;
  set(key: K, value: V, call?: StoreCall): void | Promise<void>;
  /** Whether something was there, if it can tell. */
  delete(key: K, call?: StoreCall): boolean | void | Promise<boolean> | Promise<void>;
  has?(key: K, call?: StoreCall): boolean | Promise<boolean>;
  /** The values that there are, by key. */
  getMany?(keys: readonly K[], call?: StoreCall): ReadonlyMap<K, V> | Promise<ReadonlyMap<K, V>>;
  setMany?(entries: ReadonlyMap<K, V>, call?: StoreCall): void | Promise<void>;
  deleteMany?(keys: readonly K[], call?: StoreCall): void | Promise<void>;
}
