import type { CacheError } from '@cache/core';
import type { TestCache } from '../kit/cache-bench.ts';
import { type CacheCall, COUNTER_MS, type Life } from './cache-model.ts';

/** Makes a call of a cache and answers in the words of the model; a failure is told by its code. */
export async function answerOf(cache: TestCache, key: string, call: CacheCall): Promise<string> {
  try {
    return sayAnswer(call.name, await run(cache, key, call));
  } catch (error) {
    return sayError(error);
  }
}

/** The call itself. */
export async function run(cache: TestCache, key: string, call: CacheCall): Promise<unknown> {
  switch (call.name) {
    case 'set':
      return await cache.set(key, call.label, optionsOf(call.life));
    case 'add':
      return await cache.add(key, call.label, optionsOf(call.life));
    case 'getAndSet':
      return await cache.getAndSet(key, call.label, optionsOf(call.life));
    case 'getOrSet':
      return await cache.getOrSet(key, () => call.label, optionsOf(call.life));
    case 'touch':
      return await cache.touch(key, { ttl: call.life.ttlMs });
    case 'increment':
      return await cache.increment(key, call.by, { ttl: COUNTER_MS });
    case 'clear':
      return await cache.clear();
    default:
      return await cache[call.name](key);
  }
}

/** An answer in the words of the model. */
export function sayAnswer(name: CacheCall['name'], value: unknown): string {
  if (name === 'set' || name === 'clear') return value === undefined ? 'done' : String(value);
  if (name === 'lookup') {
    const { state, value: found } = value as { state: string; value?: unknown };
    return found === undefined ? state : `${state} ${String(found)}`;
  }
  if (value === null) return 'no end';
  return value === undefined ? 'nothing' : String(value);
}

export function sayError(error: unknown): string {
  const { code, outcome } = error as Partial<CacheError>;
  return code === undefined ? String(error) : `${code}, ${outcome}`;
}

/** A call in words. */
export function sayCall(key: string, call: CacheCall): string {
  if (call.name === 'clear') return 'clear';
  if (call.name === 'increment') return `increment ${key} by ${call.by}`;
  const value = 'label' in call ? ` = ${call.label}` : '';
  return `${call.name} ${key}${value}${'life' in call ? sayLife(call.life) : ''}`;
}

function sayLife({ ttlMs, graceMs }: Life): string {
  const grace = graceMs > 0 ? `, then stale for ${graceMs} ms` : '';
  return ttlMs === null ? ' without end' : ` for ${ttlMs} ms${grace}`;
}

function optionsOf({ ttlMs, graceMs }: Life): { ttl: number | null; grace?: number } {
  return graceMs > 0 && ttlMs !== null ? { ttl: ttlMs, grace: graceMs } : { ttl: ttlMs };
}
