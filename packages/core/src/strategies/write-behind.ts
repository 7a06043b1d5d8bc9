import type { CallOptions } from '../cache/options.ts';
import type { WarmOptions, WarmReport } from '../cache/warm.ts';
import type { Duration } from '../duration.ts';
import { Behind } from './behind/behind.ts';
import { behindPlan, type WriteBehindOptions } from './behind/options.ts';
import type { WriteBehindEvent, WriteBehindStats } from './behind/progress.ts';
import { ReadSide } from './read-side.ts';
import type { Repository } from './repository.ts';

/** What holds for a write-behind repository as it is composed. */
export interface WriteBehindGuarantees {
  /** What an acknowledged write survives: nothing, the death of this process, or a loss of power too. */
  readonly keeps: 'nothing' | 'process' | 'machine';
  /**
   * `'fenced'`: no write of a key lands in the source after a newer one. `'in-turn'`: a newer one is sent after the older
   * one has settled or timed out, so one that the source takes after its timeout, or from a process that lost its right
   * to drain, may land after it.
   */
  readonly order: 'fenced' | 'in-turn';
}

export interface WriteBehindRepository<K, V> extends Repository<K, V> {
  readonly guarantees: WriteBehindGuarantees;
  /**
   * Waits until the source has, or `deadLetter`, everything that was accepted before.
   * @throws CacheError `TIMEOUT` when it does not within `timeout` (default: `drainTimeout`); it is still pending then
   */
  flush(options?: CallOptions): Promise<void>;
  stats(): WriteBehindStats;
  /** Returns the function that ends the subscription. */
  on(listener: (event: WriteBehindEvent) => void): () => void;
  /**
   * Refuses further writes, waits for those accepted, and closes the journal. The cache stays open.
   * @throws CacheError `TIMEOUT` that says how many writes are left after `drainTimeout`: the journal has them for the
   * next process, or, if it keeps nothing, they are lost
   */
  close(options?: { readonly timeout?: Duration }): Promise<void>;
}

/**
 * Write-behind: a write is acknowledged when the journal has it, and goes to the source in the background, in order a
 * key, together with others, and not at all if a newer one of its key comes first. Reads of this repository see the
 * newest acknowledged value at once (over replicas: until the source has it); other processes do as long as the cache
 * holds it. `delete` answers true, since nobody was asked yet. One process at a time uses a journal.
 * @throws CacheError `INVALID_OPTION` or `INVALID_TTL`
 */
export function writeBehind<K, V>(options: WriteBehindOptions<K, V>): WriteBehindRepository<K, V> {
  const { plan, rest } = behindPlan(options);
  const side = new ReadSide('writeBehind', rest);
  const behind = new Behind(side, plan);

  return {
    guarantees: { keeps: plan.journal.keeps, order: side.store.fenced === true ? 'fenced' : 'in-turn' },
    async get(key, call) {
      const pending = await behind.pending(key);
      return pending === undefined ? await side.get(key, call) : pending.value;
    },
    async getMany(keys, call) {
      const pending = await Promise.all(keys.map((key) => behind.pending(key)));
      const others = keys.filter((_, index) => pending[index] === undefined);
      const read = others.length === 0 ? [] : await side.getMany(others, call);
      let next = 0;
      return pending.map((found) => {
        if (found !== undefined) return found.value;
        next += 1;
        return read[next - 1];
      });
    },
    async has(key, call) {
      const pending = await behind.pending(key);
      return pending === undefined ? await side.has(key, call) : pending.value !== undefined;
    },
    /** What is on its way to the source is newer than what it has. */
    async refresh(key, call) {
      const pending = await behind.pending(key);
      return pending === undefined ? await side.refresh(key, call) : pending.value;
    },
    async warm(keys: Iterable<K>, warming?: WarmOptions): Promise<WarmReport> {
      await behind.started();
      return await side.warm(keys, warming);
    },
    set: (key, value, call) => behind.write(key, { value }, call),
    async delete(key, call) {
      await behind.write(key, undefined, call);
      return true;
    },
    flush: (call) => behind.flush(call),
    stats: () => behind.stats(),
    on: (listener) => behind.progress.on(listener),
    close: (call) => behind.close(call),
  };
}
