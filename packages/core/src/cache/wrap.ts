import { CacheError } from '../error.ts';
import type { LoadOptions } from './load-options.ts';

/** How the calls of a function become keys. */
export interface WrapOptions<A extends unknown[]> extends LoadOptions {
  /** The key of a call: explicit, because arguments that print alike need not be alike. */
  readonly key: (...args: A) => string;
}

/** The part of a cache that a wrapped function needs. */
export interface Loadable {
  getOrSet<T>(key: string, loader: () => T | Promise<T>, options?: LoadOptions): Promise<T>;
}

/**
 * The function, read through a cache: one call a key at a time, what it returned for as long as it is fresh.
 * @throws CacheError `INVALID_OPTION`
 */
export function wrap<A extends unknown[], R>(
  cache: Loadable,
  call: (...args: A) => R | Promise<R>,
  options: WrapOptions<A>,
): (...args: A) => Promise<R> {
  if (typeof call !== 'function') throw new CacheError('INVALID_OPTION', 'wrap takes a function');
  const { key, ...rest } = keyed(options, 'wrap');
  return async (...args) => await cache.getOrSet(key(...args), () => call(...args), rest);
}

/**
 * Decorates a method (TC39 standard decorators): its calls are read through a cache, with `this` as it was.
 * @throws CacheError `INVALID_OPTION`
 */
export function Cached<This, A extends unknown[], R>(
  cache: Loadable | ((self: This) => Loadable),
  options: WrapOptions<A>,
): (
  method: (this: This, ...args: A) => Promise<R>,
  context: ClassMethodDecoratorContext<This>,
) => (this: This, ...args: A) => Promise<R> {
  const { key, ...rest } = keyed(options, 'Cached');
  return (method) =>
    async function read(this: This, ...args) {
      const own = typeof cache === 'function' ? cache(this) : cache;
      return await own.getOrSet(key(...args), () => method.apply(this, args), rest);
    };
}

function keyed<A extends unknown[]>(options: WrapOptions<A>, operation: string): WrapOptions<A> {
  if (typeof options?.key === 'function') return options;
  const message = `${operation} needs { key }: a function that makes the key of a call's arguments`;
  throw new CacheError('INVALID_OPTION', message, { operation });
}
