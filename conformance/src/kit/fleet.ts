import type { CacheBench, TestCache, TestCacheOptions } from './cache-bench.ts';
import { withParts } from './wrap.ts';

/** Caches that share a store and nothing else, like those of several processes. */
export function fleet(
  bench: CacheBench,
  size = 2,
  options: TestCacheOptions = {},
): [TestCache, TestCache, ...TestCache[]] {
  const one = (): TestCache => bench.cache({ adapter: withParts(bench.adapter, {}), ...options });
  return [one(), one(), ...Array.from({ length: size - 2 }, one)];
}

/** Two caches, of two processes where the store may be shared by such: one by reference never is. */
export function pair(bench: CacheBench): [TestCache, TestCache] {
  if (bench.adapter.payload === 'reference') return [bench.cache(), bench.cache()];
  const [one, two] = fleet(bench);
  return [one, two];
}
