import type { CallOptions } from '../cache/options.ts';
import type { InvalidatingOptions } from '../cache/source-writes.ts';
import { CacheError, quoteKey } from '../error.ts';
import { storeCall } from './data-store.ts';
import { ReadSide, type StrategyOptions } from './read-side.ts';
import type { Repository } from './repository.ts';

/** `mark` and `onMarkFailure` are those of `invalidating`. */
export interface WriteThroughOptions<K, V>
  extends StrategyOptions<K, V>,
    Pick<InvalidatingOptions, 'mark' | 'onMarkFailure'> {
  /**
   * `'source-first'`: the cache gets the value once the source has it, unless another writer came between: then it
   * gets nothing. `'cache-first'`: the other way round, and the value is withdrawn when the source refuses it. That is
   * weaker: readers see what the source may refuse, a process that dies in between leaves it in the cache, and of two
   * writers the cache may keep the one and the source the other, until the entry ends. Default: `'source-first'`.
   */
  readonly order?: 'source-first' | 'cache-first';
}

/**
 * Write-through: a write goes to the source and into the cache before it resolves. Where the source refuses, nothing
 * stays in the cache and the caller gets the source's error. Where the cache fails after the source took the value, the
 * key stays marked or empty, never stale; if not even that is certain (`onMarkFailure: 'run'`), the caller gets a
 * `CacheError` whose `outcome` is `applied`.
 * @throws CacheError `INVALID_OPTION`
 */
export function writeThrough<K, V>(options: WriteThroughOptions<K, V>): Repository<K, V> {
  const { order = 'source-first', mark, onMarkFailure, ...rest } = options;
  if (order !== 'source-first' && order !== 'cache-first') {
    throw new CacheError('INVALID_OPTION', "writeThrough: order must be 'source-first' or 'cache-first'");
  }
  const side = new ReadSide('writeThrough', rest);
  const { cache, entry, store } = side;
  const marking = { ...(mark !== undefined && { mark }), ...(onMarkFailure && { onMarkFailure }) };

  async function putFirst(name: string, value: V, call: CallOptions, write: () => unknown): Promise<void> {
    await cache.set(name, value, { ...entry, ...call });
    try {
      await write();
    } catch (error) {
      // Without the caller's signal: it may be what ended the write.
      await cache.delete(name).catch(() => {
        throw notWithdrawn(name, error);
      });
      throw error;
    }
  }

  return {
    ...side.reading(),
    async set(key, value, call = {}) {
      const name = side.keyOf(key);
      const write = async (): Promise<void> => await store.set(key, value, storeCall(call));
      if (order === 'cache-first') return await putFirst(name, value, call, write);
      const values = new Map([[name, value]]);
      await cache.invalidating([name], write, { ...call, ...marking, values, entry });
    },
    async delete(key, call = {}) {
      // In this order always: there is no value that could be withdrawn.
      const remove = async () => (await store.delete(key, storeCall(call))) ?? true;
      return await cache.invalidating([side.keyOf(key)], remove, { ...call, ...marking });
    },
    close: async () => undefined,
  };
}

function notWithdrawn(name: string, cause: unknown): CacheError {
  const message = `writeThrough ${quoteKey(name)}: the source refused the value, and it could not be withdrawn from the cache`;
  return new CacheError('UNAVAILABLE', message, { operation: 'set', key: name, outcome: 'unknown', cause });
}
