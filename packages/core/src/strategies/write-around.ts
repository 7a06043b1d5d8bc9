import type { InvalidatingOptions } from '../cache/source-writes.ts';
import { storeCall } from './data-store.ts';
import { ReadSide, type StrategyOptions } from './read-side.ts';
import type { Repository } from './repository.ts';

/** `mark` and `onMarkFailure` are those of `invalidating`. */
export interface WriteAroundOptions<K, V>
  extends StrategyOptions<K, V>,
    Pick<InvalidatingOptions, 'mark' | 'onMarkFailure'> {}

/**
 * Write-around: a write goes to the source past the cache and takes the cached value out; a read brings the new one in.
 * For what is written more often than read.
 * @throws CacheError `INVALID_OPTION`
 */
export function writeAround<K, V>(options: WriteAroundOptions<K, V>): Repository<K, V> {
  const { mark, onMarkFailure, ...rest } = options;
  const side = new ReadSide('writeAround', rest);
  const marking = { ...(mark !== undefined && { mark }), ...(onMarkFailure && { onMarkFailure }) };
  return {
    ...side.reading(),
    async set(key, value, call) {
      await side.cache.invalidating([side.keyOf(key)], () => side.store.set(key, value, storeCall(call)), {
        ...call,
        ...marking,
      });
    },
    async delete(key, call) {
      const removed = await side.cache.invalidating(
        [side.keyOf(key)],
        () => side.store.delete(key, storeCall(call)),
        {
          ...call,
          ...marking,
        },
      );
      return removed ?? true;
    },
    close: async () => undefined,
  };
}
