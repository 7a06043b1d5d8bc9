import { equal, ok } from 'node:assert/strict';
import type { CacheError } from '@cache/core';
import { type CacheBench, rejection } from './cache-bench.ts';
import { type CacheMethod, cacheMethodsOf } from './cache-methods.ts';
import { within } from './check.ts';
import { type Around, around } from './wrap.ts';

const LATE_MS = 5000;

/** A cache over the adapter with every call going through one function. */
export function broken(bench: CacheBench, run: Around): ReturnType<CacheBench['cache']> {
  return bench.cache({ adapter: around(bench.adapter, run) });
}

/** Every method settles with this fault: reads as a miss, others with a rejection that is a `CacheError`. */
export async function survives(bench: CacheBench, fault: Around, answer?: unknown): Promise<void> {
  const what = answer === undefined ? '' : ` with ${JSON.stringify(answer)}`;
  for (const method of cacheMethodsOf(bench)) {
    const cache = broken(bench, fault);
    const call = (): Promise<unknown> =>
      within(LATE_MS, method.name + what, method.call(cache, 'k', { timeout: '2s' }));
    if (method.failsOpen !== undefined) {
      const found = await call();
      ok(method.failsOpen(found), `${method.name}${what} answered ${JSON.stringify(found)}`);
      continue;
    }
    const error = await rejection(['INTERNAL', 'PARTIAL'], method.name + what, call);
    equal(partOf(error, method, 'k').code, 'INTERNAL');
  }
}

/** What a call of one key failed with, taken from the failures where the method takes many. */
export function partOf(error: CacheError, method: CacheMethod, key: string): CacheError {
  if (!method.many) {
    equal(error.operation, method.name);
    if (method.keyed) equal(error.key, key, `${method.name} names the key ${error.key}`);
    ok(!method.keyed || error.message.includes(JSON.stringify(key)), `${method.name}: ${error.message}`);
    return error;
  }
  const inner = error.code === 'PARTIAL' ? error.failures?.get(key) : error;
  ok(inner !== undefined, `${method.name} says nothing of ${key}`);
  return inner;
}

/** A cache with one entry, and the key under which the adapter has it. */
export async function entryOf(
  bench: CacheBench,
): Promise<{ key: string; cache: ReturnType<CacheBench['cache']> }> {
  let key = '';
  const cache = broken(bench, (name, items, go) => {
    if (name === 'write')
      for (const write of items as { key: string; ttlMs: number | null }[])
        if (write.ttlMs !== null) key = write.key;
    return go();
  });
  await cache.set('k', { a: 1 });
  return { key, cache };
}
