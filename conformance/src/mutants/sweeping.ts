import type { CallOptions, KeysOptions, ScanOptions, SetOptions } from '@cache/core';
import type { TestCache } from '../kit/cache-bench.ts';
import { listed } from '../kit/cache-methods.ts';
import { turns } from '../kit/check.ts';
import { cacheMutant, type Mutant } from './mutant.ts';
import { over, spaced } from './over.ts';

/** Defects of a cache that goes over its keys. */
export const sweeping: readonly Mutant[] = [
  cacheMutant(
    'prefix-globbed',
    'keys and deleteByPrefix take the prefix for a glob.',
    ['cache/scan/prefix'],
    (cache) =>
      over(cache, {
        keys: ({ prefix, ...rest }: KeysOptions = {}) =>
          cache.keys(prefix === undefined ? rest : { ...rest, pattern: `${prefix}*` }),
        deleteByPrefix: (prefix: string) => cache.deleteByPattern(`${prefix}*`),
      }),
  ),
  cacheMutant(
    'pattern-anywhere',
    'A pattern matches anywhere in a key.',
    ['cache/scan/pattern', 'cache/scan/delete-pattern'],
    (cache) =>
      over(cache, {
        keys: (options: KeysOptions = {}) =>
          cache.keys(
            options.pattern === undefined ? options : { ...options, pattern: `*${options.pattern}*` },
          ),
        deleteByPattern: (pattern: string) => cache.deleteByPattern(`*${pattern}*`),
      }),
  ),
  cacheMutant(
    'sweep-reaches-out',
    'deleteByPattern of a namespace goes through the namespace around it, too.',
    ['cache/scan/walls'],
    (cache) =>
      spaced(cache, (inner) => ({
        deleteByPattern: async (pattern: string) => {
          const removed = await inner.deleteByPattern(pattern);
          await cache.deleteByPattern(pattern);
          return removed;
        },
      })),
  ),
  cacheMutant('hashed-unlisted', 'Long keys are not listed.', ['cache/scan/hashed'], (cache) =>
    over(cache, {
      keys: async function* (options: KeysOptions) {
        for await (const key of cache.keys(options)) if (key.length < 100) yield key;
      },
    }),
  ),
  cacheMutant('keys-remembered', 'A cache lists what it has written.', ['cache/scan/dead'], (cache) => {
    const written = new Set<string>();
    return over(cache, {
      setMany: async (entries: Iterable<[string, unknown]>) => {
        const list = [...entries];
        for (const [key] of list) written.add(key);
        await cache.setMany(list);
      },
      keys: async function* () {
        yield* written;
      },
    });
  }),
  cacheMutant('dead-counted', 'What is dead counts as removed.', ['cache/scan/dead'], (cache, options) =>
    over(cache, {
      deleteByPattern: async (pattern: string) => {
        const match = { prefix: '' };
        const page = await options.adapter.scan?.page(match, undefined, 1e9, { deadline: Infinity });
        await cache.deleteByPattern(pattern);
        return page?.ok ? page.value.keys.filter((key) => key.includes('}v:')).length : 0;
      },
    }),
  ),
  cacheMutant(
    'sweep-by-list',
    'deleteByPattern lists the keys and deletes those.',
    ['cache/scan/fills'],
    (cache) =>
      over(cache, {
        deleteByPattern: (pattern: string) => deleteListed(cache, { pattern }),
        deleteByPrefix: (prefix: string) => deleteListed(cache, { prefix }),
      }),
  ),
  cacheMutant('set-late', 'set begins some turns late.', ['cache/scan/order'], (cache) =>
    over(cache, {
      set: async (key: string, value: unknown, options?: SetOptions) => {
        await turns(5);
        await cache.set(key, value, options);
      },
    }),
  ),
  cacheMutant('keys-at-once', 'keys reads every entry at once.', ['cache/scan/bounded'], (cache) =>
    over(cache, {
      keys: async function* (options: KeysOptions) {
        const keys = await listed(cache, options);
        await cache.getMany(keys);
        yield* keys;
      },
    }),
  ),
  cacheMutant('empty-prefix', 'An empty prefix removes everything.', ['cache/scan/input'], (cache) =>
    over(cache, {
      deleteByPrefix: (prefix: string, options?: ScanOptions) =>
        prefix === '' ? cache.deleteByPattern('*') : cache.deleteByPrefix(prefix, options),
    }),
  ),
  cacheMutant('keys-deaf', 'keys takes no notice of its signal.', ['cache/scan/aborted'], (cache) =>
    over(cache, {
      keys: ({ signal: _signal, ...rest }: KeysOptions & CallOptions = {}) => cache.keys(rest),
    }),
  ),
  cacheMutant(
    'keys-none',
    'A cache that cannot scan lists no keys.',
    ['cache/scan/unsupported'],
    (cache, options) =>
      over(cache, {
        keys: async function* (own: KeysOptions) {
          if (options.adapter.scan !== undefined) yield* cache.keys(own);
        },
      }),
  ),
];

async function deleteListed(cache: TestCache, options: KeysOptions): Promise<number> {
  const removed = await cache.deleteMany(await listed(cache, options));
  return removed.filter(Boolean).length;
}
