/** What a call to a source of truth gets. */
export interface StoreCall {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /**
   * Write-behind: the place of this write among all of its journal. A store that keeps `fence` and `sequence` beside each
   * value (of what it deleted, too), and ignores a write whose pair is lower (by fence, then by sequence), is never
   * overwritten by a write that comes late. It resolves then, as if it had written. In a batch: the highest.
   */
  readonly sequence?: number;
  /** Write-behind: rises each time that another process begins to drain. */
  readonly fence?: number;
}

/** What a call for many gets. */
export interface ManyCall<K> extends StoreCall {
  /** Write-behind: the sequence of each. */
  readonly sequences?: ReadonlyMap<K, number>;
}

/** The part of a call's options that a store gets. */
export function storeCall({ signal }: { readonly signal?: AbortSignal } = {}): StoreCall {
  return signal === undefined ? {} : { signal };
}

/**
 * A source of truth, such as a table of a database or a service. undefined = it has nothing under that key; null is
 * taken for the same. The methods for many are used where they are given, else those for one.
 */
export interface DataStore<K, V> {
  /** Whether `set` and `delete` ignore what is older by `fence` and `sequence`. Default: false. */
  readonly fenced?: boolean;
  get(key: K, call?: StoreCall): V | undefined | Promise<V | undefined>;
  set(key: K, value: V, call?: StoreCall): void | Promise<void>;
  /** Whether something was there, if it can tell. */
  delete(key: K, call?: StoreCall): boolean | void | Promise<boolean> | Promise<void>;
  has?(key: K, call?: StoreCall): boolean | Promise<boolean>;
  /** The values that there are, by key. */
  getMany?(keys: readonly K[], call?: StoreCall): ReadonlyMap<K, V> | Promise<ReadonlyMap<K, V>>;
  setMany?(entries: ReadonlyMap<K, V>, call?: ManyCall<K>): void | Promise<void>;
  deleteMany?(keys: readonly K[], call?: ManyCall<K>): void | Promise<void>;
}
