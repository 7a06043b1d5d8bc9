import type { TestCache } from './cache-bench.ts';

const HOUR = 3_600_000;

/** Puts a stale value in place. */
export async function staleAt(cache: TestCache, key: string, tags: readonly string[] = []): Promise<void> {
  await cache.set(key, 'stale', { grace: HOUR, tags });
  await cache.expire(key);
}
