import { memoryAdapter } from '@cache/memory';
import { LRUCache } from 'lru-cache';
import { type Contest, type Contestant, TTL_MS } from './contestant.ts';
import { ours } from './ours.ts';

const MAX_ENTRIES = 10_000;

/** Against the library underneath, behind functions that give promises as every other cache does. */
export async function memoryContest(): Promise<Contest> {
  const own = await ours(memoryAdapter({ maxEntries: MAX_ENTRIES }));
  return {
    subject: 'memory',
    ours: own,
    rivals: [{ contestant: lruCache(), aims: { '1 in flight': { get: 0.8 } } }],
    async close() {
      await own.close();
    },
  };
}

function lruCache(): Contestant {
  const cache = new LRUCache<string, object>({ max: MAX_ENTRIES, ttl: TTL_MS });
  return {
    name: 'lru-cache',
    get: async (key) => cache.get(key),
    set: async (key, value) => cache.set(key, value as object),
    close: async () => cache.clear(),
  };
}
