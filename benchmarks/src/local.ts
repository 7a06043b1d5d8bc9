import { createCache } from '@cache/core';
import { memoryAdapter } from '@cache/memory';
import { LRUCache } from 'lru-cache';
import { type Contest, type Contestant, TTL_MS } from './contestant.ts';

const MAX_ENTRIES = 10_000;

/** A hit of `getOrSet` in the local tier, against a lookup in lru-cache with single-flight, as one would write it. */
export async function localContest(): Promise<Contest> {
  const own = ours();
  return {
    subject: 'local',
    ours: own,
    rivals: [{ contestant: byHand(), aims: { '1 in flight': { get: 0.9 } } }],
    async close() {
      await own.close();
    },
  };
}

function ours(): Contestant {
  const cache = createCache({
    adapter: memoryAdapter({ maxEntries: MAX_ENTRIES }),
    local: memoryAdapter({ maxEntries: MAX_ENTRIES }),
    localTtl: TTL_MS,
    ttl: TTL_MS,
  });
  return {
    name: 'local tier',
    get: (key) => cache.getOrSet(key, absent),
    set: (key, value) => cache.set(key, value),
    close: () => cache.close(),
  };
}

function byHand(): Contestant {
  const values = new LRUCache<string, object>({ max: MAX_ENTRIES, ttl: TTL_MS });
  const flights = new Map<string, Promise<object>>();

  async function getOrSet(key: string, load: () => Promise<object>): Promise<object> {
    const hit = values.get(key);
    if (hit !== undefined) return hit;
    const flight = flights.get(key) ?? fly(key, load);
    return await flight;
  }

  function fly(key: string, load: () => Promise<object>): Promise<object> {
    const flight = load()
      .then((value) => {
        values.set(key, value);
        return value;
      })
      .finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  }

  return {
    name: 'lru-cache by hand',
    get: (key) => getOrSet(key, absent),
    set: async (key, value) => values.set(key, value as object),
    close: async () => values.clear(),
  };
}

/** Everything that is asked for is there. */
async function absent(): Promise<object> {
  throw new Error('nothing is to be loaded');
}
