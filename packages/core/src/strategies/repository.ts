import type { CallOptions } from '../cache/options.ts';
import type { WarmOptions, WarmReport } from '../cache/warm.ts';

/** What every strategy gives: a source of truth with a cache before it. Changing the strategy changes nothing here. */
export interface Repository<K, V> {
  /** The value, undefined if the source has none. */
  get(key: K, options?: CallOptions): Promise<V | undefined>;
  /** The values by position; what is not cached comes from the source in one call, where it can. */
  getMany(keys: readonly K[], options?: CallOptions): Promise<(V | undefined)[]>;
  set(key: K, value: V, options?: CallOptions): Promise<void>;
  /** Whether something was there, as far as the source tells; true where it does not. */
  delete(key: K, options?: CallOptions): Promise<boolean>;
  has(key: K, options?: CallOptions): Promise<boolean>;
  /** The value as the source has it now, which is cached. */
  refresh(key: K, options?: CallOptions): Promise<V | undefined>;
  /** Loads what is not cached, a bounded number at a time. */
  warm(keys: Iterable<K>, options?: WarmOptions): Promise<WarmReport>;
  /** Ends what the repository does by itself; the cache stays open. */
  close(): Promise<void>;
}
