import type { CallOptions, FacetName, KeysOptions } from '@cache/core';
import type { CacheBench, TestCache } from './cache-bench.ts';
import { floatsOf } from './check.ts';

/** One method of a cache, for laws that hold for all of them. */
export interface CacheMethod {
  readonly name: string;
  /** The facet that it needs. */
  readonly facet?: FacetName;
  /** What it answers when the server fails: a miss, or the value of its loader. Undefined = it rejects. */
  readonly failsOpen: ((answer: unknown) => boolean) | undefined;
  /** Whether it takes many keys, so that its failures come by key. */
  readonly many: boolean;
  /** Whether it takes a key at all. */
  readonly keyed: boolean;
  call(cache: TestCache, key: string, options?: CallOptions): Promise<unknown>;
}

type Call = CacheMethod['call'];

const isMiss = (answer: unknown): boolean => answer === undefined;
const areMisses = (answer: unknown): boolean => Array.isArray(answer) && answer.every(isMiss);
const isUnavailable = (answer: unknown): boolean => (answer as { state?: unknown })?.state === 'unavailable';
const isLoaded = (answer: unknown): boolean => answer === 'loaded';
const areLoaded = (answer: unknown): boolean => Array.isArray(answer) && answer.every(isLoaded);
const load = (keys: readonly string[]): Map<string, string> => new Map(keys.map((key) => [key, 'loaded']));

const METHODS: readonly CacheMethod[] = [
  method('get', (cache, key, options) => cache.get(key, options), isMiss),
  many('getMany', (cache, key, options) => cache.getMany([key], options), areMisses),
  method('getBytes', (cache, key, options) => cache.getBytes(key, options), isMiss),
  method('lookup', (cache, key, options) => cache.lookup(key, options), isUnavailable),
  method('has', (cache, key, options) => cache.has(key, options)),
  method('ttl', (cache, key, options) => cache.ttl(key, options)),
  method('set', (cache, key, options) => cache.set(key, 'new', options)),
  many('setMany', (cache, key, options) => cache.setMany([[key, 'new']], options)),
  method('setBytes', (cache, key, options) => cache.setBytes(key, Uint8Array.of(1), options)),
  method('add', (cache, key, options) => cache.add(key, 'new', options)),
  method('getAndSet', (cache, key, options) => cache.getAndSet(key, 'new', options)),
  method('touch', (cache, key, options) => cache.touch(key, options)),
  method('getOrSet', (cache, key, options) => cache.getOrSet(key, () => 'loaded', options), isLoaded),
  many('getOrSetMany', (cache, key, options) => cache.getOrSetMany([key], load, options), areLoaded),
  method('refresh', (cache, key, options) => cache.refresh(key, () => 'loaded', options), isLoaded),
  many('invalidating', (cache, key, options) => cache.invalidating([key], () => 'written', options)),
  method('delete', (cache, key, options) => cache.delete(key, options)),
  many('deleteMany', (cache, key, options) => cache.deleteMany([key], options)),
  method('expire', (cache, key, options) => cache.expire(key, options)),
  many('expireMany', (cache, key, options) => cache.expireMany([key], options)),
  unkeyed('deleteByTag', (cache, _key, options) => cache.deleteByTag('t', options)),
  unkeyed('expireByTag', (cache, _key, options) => cache.expireByTag(['t', 'u'], options)),
  unkeyed('clear', (cache, _key, options) => cache.clear(options)),
];

const COUNTER_METHODS: readonly CacheMethod[] = [
  { ...method('increment', (cache, key, options) => cache.increment(key, 1, options)), facet: 'counters' },
  { ...method('decrement', (cache, key, options) => cache.decrement(key, 1n, options)), facet: 'counters' },
];

const FLOAT_METHODS: readonly CacheMethod[] = [
  {
    ...method('incrementFloat', (cache, key, options) => cache.incrementFloat(key, 1.5, options)),
    facet: 'counters',
  },
];

const SCAN_METHODS: readonly CacheMethod[] = [
  { ...unkeyed('keys', (cache, _key, options) => listed(cache, options)), facet: 'scan' },
  {
    ...unkeyed('deleteByPattern', (cache, key, options) => cache.deleteByPattern(`${key}*`, options)),
    facet: 'scan',
  },
  {
    ...unkeyed('deleteByPrefix', (cache, key, options) => cache.deleteByPrefix(String(key), options)),
    facet: 'scan',
  },
];

const SERVER_METHODS: readonly CacheMethod[] = [
  { ...unkeyed('serverStats', (cache, _key, options) => cache.serverStats(options)), facet: 'server' },
];

const FACET_METHODS: readonly CacheMethod[] = [
  ...COUNTER_METHODS,
  ...FLOAT_METHODS,
  ...SCAN_METHODS,
  ...SERVER_METHODS,
];

/** Every method that talks to the adapter and that the adapter can serve. */
export function cacheMethodsOf({ adapter }: CacheBench): readonly CacheMethod[] {
  const unsupported = unsupportedMethodsOf({ adapter });
  return [...METHODS, ...FACET_METHODS].filter((one) => !unsupported.includes(one));
}

/** The methods that a facet adds which the adapter does not have. */
export function unsupportedMethodsOf({ adapter }: Pick<CacheBench, 'adapter'>): readonly CacheMethod[] {
  return [
    ...(adapter.counters === undefined ? COUNTER_METHODS : []),
    ...(floatsOf(adapter.counters) === undefined ? FLOAT_METHODS : []),
    ...(adapter.scan === undefined ? SCAN_METHODS : []),
    ...(adapter.server === undefined ? SERVER_METHODS : []),
  ];
}

/** Every key that a cache lists, in order. */
export async function listed(cache: Pick<TestCache, 'keys'>, options?: KeysOptions): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of cache.keys(options)) keys.push(key);
  return keys.sort();
}

function method(name: string, call: Call, failsOpen?: CacheMethod['failsOpen']): CacheMethod {
  return { name, call, failsOpen, many: false, keyed: true };
}

function many(name: string, call: Call, failsOpen?: CacheMethod['failsOpen']): CacheMethod {
  return { name, call, failsOpen, many: true, keyed: true };
}

function unkeyed(name: string, call: Call): CacheMethod {
  return { name, call, failsOpen: undefined, many: false, keyed: false };
}
