import { CacheError, type CallOptions, type SetOptions } from '@cache/core';
import type { TestCache } from '../kit/cache-bench.ts';

type Changes = Partial<Record<keyof TestCache, unknown>>;

/** The same error with another message or outcome. */
export function again(error: CacheError, message: string, outcome: CacheError['outcome']): CacheError {
  const { code, operation, key, retryable, cause } = error;
  return new CacheError(code, message, { operation, key, retryable, outcome, cause });
}

/** The cache with some methods replaced; the others keep their `this`. */
export function over(cache: TestCache, changes: Changes): TestCache {
  return new Proxy(cache, {
    get(target, name) {
      const changed = (changes as Record<PropertyKey, unknown>)[name];
      if (changed !== undefined) return changed;
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

/** The cache whose namespaces are changed. */
export function spaced(cache: TestCache, change: (space: TestCache) => Changes): TestCache {
  return over(cache, {
    namespace: (name: string) => {
      const space = cache.namespace(name) as unknown as TestCache;
      return over(spaced(space, change), change(space));
    },
  });
}

/** A cache whose namespaces are nothing but prefixes of keys. */
export function joined(root: TestCache, cache: TestCache, prefix: string): TestCache {
  const at = (key: string): string => (prefix === '' ? key : `${prefix}:${key}`);
  return over(cache, {
    namespace: (name: string) => joined(root, root, at(name)),
    get: (key: string, options?: CallOptions) =>
      root.get(typeof key === 'string' && key !== '' ? at(key) : key, options),
    set: (key: string, value: unknown, options?: SetOptions) => {
      return root.set(typeof key === 'string' && key !== '' ? at(key) : key, value, options);
    },
  });
}
