import { ok } from 'node:assert/strict';
import type { TestCache } from './cache-bench.ts';

/** What overtakes a load of `k`, which has the tag `t`. */
export const INVALIDATIONS: readonly (readonly [string, (cache: TestCache) => Promise<unknown>])[] = [
  ['delete', (cache) => cache.delete('k')],
  ['deleteMany', (cache) => cache.deleteMany(['x', 'k'])],
  ['set', (cache) => cache.set('k', 'written')],
  ['setMany', (cache) => cache.setMany([['k', 'written']])],
  ['expire', (cache) => cache.expire('k')],
  ['expireMany', (cache) => cache.expireMany(['k'])],
  ['expireByTag', (cache) => cache.expireByTag('t')],
  ['deleteByTag', (cache) => cache.deleteByTag(['t'])],
  ['clear', (cache) => cache.clear()],
  ['invalidating', (cache) => cache.invalidating(['k'], () => 1)],
  ['add', (cache) => cache.add('k', 'written')],
  ['getAndSet', (cache) => cache.getAndSet('k', 'written')],
];

/** Throws if a load that was overtaken is seen. */
export function notOld(value: unknown, name: string): void {
  ok(value !== 'old', `${name}: the overtaken value was kept or handed out`);
}
