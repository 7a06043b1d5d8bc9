import type { TestCache } from './cache-bench.ts';

/** Keys that a pattern, a prefix or a hash may take for something else. */
export const ODD_KEYS: readonly string[] = [
  'a',
  'ab',
  'a*',
  '*',
  'a?',
  '[ab]',
  'a\\b',
  'a:b',
  'a/b',
  '}v:a',
  'v:a',
  ' a',
  '鍵',
  '🏔',
  'A',
  '-',
];

/** Stores each key under itself. */
export async function fill(cache: Pick<TestCache, 'setMany'>, keys: readonly string[]): Promise<void> {
  await cache.setMany(keys.map((key): [string, unknown] => [key, key]));
}
