import { type Clock, systemClock } from '../clock.ts';
import type { Duration } from '../duration.ts';
import { parseDuration } from '../duration.ts';
import { type CacheAsideOptions, cacheAside } from './cache-aside.ts';
import { Refresher } from './refresher.ts';
import type { Repository } from './repository.ts';

export interface RefreshAheadOptions<K, V> extends CacheAsideOptions<K, V> {
  /** Keys that are asked for are loaded anew by themselves, whether or not somebody asks just then. Default: none. */
  readonly inUse?: {
    /** How often. Less than their ttl, or they are loaded by their readers nevertheless. */
    readonly every: Duration;
    /** For how long after they were asked for last. Default: ten times `every`. */
    readonly within?: Duration;
    /** Most keys; of more, those asked for last. Default: 1000. */
    readonly most?: number;
  };
  /** Told what a refresh by itself failed with. Default: nobody; the next one tries again. */
  readonly onError?: (error: unknown, key: K) => void;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** Of its life, after which a value that is asked for is loaded anew behind the hit. */
const REFRESH_AT = 0.8;

/**
 * Refresh-ahead: as cache-aside, and a value that is asked for late in its life, or at random before its end (`beta`),
 * is loaded anew behind the hit, so that nobody waits for it.
 * @throws CacheError `INVALID_OPTION` or `INVALID_TTL`
 */
export function refreshAhead<K, V>(options: RefreshAheadOptions<K, V>): Repository<K, V> {
  const { inUse, onError, clock = systemClock, ...rest } = options;
  const refreshAt = rest.refreshAt ?? (rest.beta === undefined ? REFRESH_AT : undefined);
  const aside = cacheAside({ ...rest, ...(refreshAt !== undefined && { refreshAt }) });
  if (inUse === undefined) return aside;
  const everyMs = parseDuration(inUse.every, 'inUse.every');
  const withinMs = inUse.within === undefined ? 10 * everyMs : parseDuration(inUse.within, 'inUse.within');
  const refresher = new Refresher(aside, { everyMs, withinMs, most: inUse.most ?? 1000 }, clock, onError);
  return {
    ...aside,
    get: (key, call) => {
      refresher.used(key);
      return aside.get(key, call);
    },
    getMany: (keys, call) => {
      for (const key of keys) refresher.used(key);
      return aside.getMany(keys, call);
    },
    async delete(key, call) {
      refresher.forget(key);
      return await aside.delete(key, call);
    },
    async close() {
      await refresher.close();
      await aside.close();
    },
  };
}
