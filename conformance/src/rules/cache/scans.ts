import { deepEqual, equal, ok } from 'node:assert/strict';
import { rejection } from '../../kit/cache-bench.ts';
import { listed, unsupportedMethodsOf } from '../../kit/cache-methods.ts';
import { fill, ODD_KEYS } from '../../kit/odd-keys.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { around, withoutFacets, withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

export const scans: readonly CacheRule[] = group('cache/scan', {
  keys: [
    'keys lists every key of the namespace as the caller wrote it, each once, whatever the size of a page; of an empty one none.',
    'scan',
    async (bench) => {
      const cache = bench.cache();
      deepEqual(await listed(cache), []);
      const all = [...ODD_KEYS, ...Array.from({ length: 200 }, (_, i) => `many:${i}`)];
      await fill(cache, all);
      for (const pageSize of [undefined, 7, 100_000]) {
        deepEqual(await listed(cache, pageSize === undefined ? {} : { pageSize }), [...all].sort());
      }
    },
  ],
  prefix: [
    'keys and deleteByPrefix take a prefix literally, whatever characters it holds.',
    'scan',
    async (bench) => {
      const cache = bench.cache();
      await fill(cache, ODD_KEYS);
      const begins = (prefix: string): string[] => ODD_KEYS.filter((key) => key.startsWith(prefix)).sort();
      for (const prefix of ['a', 'a*', '*', '[', '}', 'a\\', 'a/', '鍵', 'none', '']) {
        deepEqual(await listed(cache, { prefix }), begins(prefix), `prefix ${prefix}`);
      }
      equal(await cache.deleteByPrefix('a*'), 1);
      equal(await cache.deleteByPrefix('['), 1);
      deepEqual(await listed(cache), ODD_KEYS.filter((key) => key !== 'a*' && key !== '[ab]').sort());
    },
  ],
  pattern: [
    'A pattern matches whole keys, or what follows the prefix: `*` any run, `?` any one character, `[ab]` `[a-z]` `[^a]` classes, a backslash takes the next literally.',
    'scan',
    async (bench) => {
      const cache = bench.cache();
      await fill(cache, ODD_KEYS);
      const expected: Readonly<Record<string, readonly string[]>> = {
        '*': ODD_KEYS,
        a: ['a'],
        'a*': ODD_KEYS.filter((key) => key.startsWith('a')),
        '?': ['a', '*', '鍵', '🏔', 'A', '-'],
        'a?': ['ab', 'a*', 'a?'],
        'a\\*': ['a*'],
        'a\\\\b': ['a\\b'],
        '\\[*': ['[ab]'],
        '[ab]': ['a'],
        '[^a]': ['*', '鍵', '🏔', 'A', '-'],
        '[A-Za-c]': ['a', 'A'],
        '*b*': ['ab', '[ab]', 'a\\b', 'a:b', 'a/b'],
        none: [],
      };
      for (const [pattern, keys] of Object.entries(expected)) {
        deepEqual(await listed(cache, { pattern }), [...keys].sort(), `pattern ${pattern}`);
      }
      deepEqual(await listed(cache, { prefix: 'a', pattern: '?b' }), ['a/b', 'a:b', 'a\\b'].sort());
    },
  ],
  walls: [
    'keys, deleteByPattern and deleteByPrefix see and touch their own namespace alone: none that is in it or around it, none with a like name, whatever characters the names hold; and no counter.',
    'scan',
    async (bench) => {
      const root = bench.cache();
      const names = ['a', 'ab', 'a*', '*', '?', '[ab]', 'a}v:', 'a/b', 'a#1', '#', '%', '鍵'];
      const spaces = [root, root.namespace('a').namespace('b'), ...names.map((name) => root.namespace(name))];
      for (const [i, space] of spaces.entries()) await fill(space, ['k', `k${i}`]);
      if (bench.adapter.counters !== undefined) for (const space of spaces) await space.increment('k', 7);
      for (const [i, space] of spaces.entries()) {
        deepEqual(await listed(space), ['k', `k${i}`].sort(), `in ${space.path}`);
      }
      const left = new Set(spaces.keys());
      for (const i of [5, 0, 2, 4, 6]) {
        equal(i === 4 ? await spaces[i]?.deleteByPrefix('k') : await spaces[i]?.deleteByPattern('*'), 2);
        left.delete(i);
        for (const [j, space] of spaces.entries()) {
          equal(
            await space.get('k'),
            left.has(j) ? 'k' : undefined,
            `${space.path} after ${spaces[i]?.path}`,
          );
        }
      }
      if (bench.adapter.counters !== undefined)
        for (const space of spaces) equal(await space.increment('k', 0), 7);
    },
  ],
  hashed: [
    'Keys that are too long for the server are listed, matched and removed as the caller wrote them.',
    'scan',
    async (bench) => {
      const { limits } = bench.adapter;
      const cache = bench.cache({
        adapter: withParts(bench.adapter, { limits: { ...limits, maxKeyBytes: 200 } }),
      });
      const long = ['x', 'y'].map((last) => `long/${'鍵k'.repeat(400)}/${last}`) as [string, string];
      await fill(cache, [...long, 'short']);
      await cache.namespace('inner').set(long[0], 'inner');
      deepEqual(await listed(cache), [...long, 'short'].sort());
      deepEqual(await listed(cache, { pattern: 'long/*/y' }), [long[1]]);
      equal(await cache.deleteByPattern('*/x'), 1);
      deepEqual(await listed(cache, { prefix: 'long/' }), [long[1]]);
      equal(await cache.deleteByPrefix('long/'), 1);
      deepEqual(await cache.getMany([...long, 'short']), [undefined, undefined, 'short']);
      equal(await cache.namespace('inner').get(long[0]), 'inner');
    },
  ],
  dead: [
    'What `has` would not find is not listed and does not count as removed: what was cleared, went stale or is no entry. It is removed nevertheless.',
    'scan',
    async (bench) => {
      const cache = bench.cache();
      await fill(cache, ['old', 'both']);
      await cache.clear();
      await cache.setMany([
        ['both', 1],
        ['stale', 1, { grace: '1h' }],
      ]);
      await cache.expire('stale');
      deepEqual(await listed(cache), ['both']);
      equal(await cache.deleteByPattern('*'), 1);
      equal((await cache.lookup('stale')).state, 'miss');
    },
  ],
  order: [
    'What was written before deleteByPattern was called, without waiting, is removed.',
    'scan',
    async (bench) => {
      const cache = bench.cache();
      for (let round = 0; round < 5; round += 1) {
        await Promise.all([cache.set('k', 1), cache.deleteByPattern('k')]);
        equal(await cache.get('k'), undefined, `round ${round}`);
      }
    },
  ],
  bounded: [
    'No call of the adapter asks for more than a page, and large entries are asked for a few at a time.',
    'scan',
    async (bench) => {
      let [most, largest] = [0, 0];
      const cache = bench.cache({
        adapter: around(bench.adapter, async (name, items, go) => {
          const answers = await go();
          if (name !== 'read') return answers;
          most = Math.max(most, items.length);
          const sizes = answers.map((answer) => (answer.ok ? sizeOf(answer.value) : 0));
          largest = Math.max(
            largest,
            sizes.reduce((sum, size) => sum + size, 0),
          );
          return answers;
        }),
      });
      const size = Math.min(500_000, bench.adapter.limits.maxValueBytes - 1000);
      const large = Uint8Array.from({ length: size }, (_, i) => i);
      for (let i = 0; i < 40; i += 1) await bench.cache().setBytes(`large${i}`, large);
      equal((await listed(cache)).length, 40);
      if (bench.adapter.payload === 'bytes') ok(largest <= 33 * (size + 1000), `${largest} bytes at once`);
      await cache.clear();
      await fill(
        bench.cache(),
        Array.from({ length: 3000 }, (_, i) => `k${i}`),
      );
      most = 0;
      equal((await listed(cache, { pageSize: 500 })).length, 3000);
      // With the record of the namespace.
      ok(most <= 1001, `${most} keys in one read`);
    },
  ],
  input: [
    'What is no pattern, no prefix or no page size is refused with INVALID_OPTION, before any I/O: the empty prefix, which would remove everything, too.',
    'scan',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      for (const bad of [undefined, null, 5, '', '\ud800', {}, 'x'.repeat(1001)] as never[]) {
        const error = await rejection('INVALID_OPTION', 'deleteByPattern', () => cache.deleteByPattern(bad));
        equal(error.operation, 'deleteByPattern');
      }
      for (const bad of [undefined, null, 5, '', '\ud800', {}] as never[]) {
        await rejection('INVALID_OPTION', 'deleteByPrefix', () => cache.deleteByPrefix(bad));
      }
      for (const bad of [
        { pattern: 5 },
        { pattern: '' },
        { prefix: 5 },
        { pageSize: 0 },
        { pageSize: 1.5 },
      ] as never[]) {
        await rejection('INVALID_OPTION', 'keys', () => listed(cache, bad));
      }
      deepEqual(trips.calls, []);
    },
  ],
  aborted: [
    'A signal that is aborted between two keys ends keys with ABORTED; whoever stops early leaves nothing under way.',
    'scan',
    async (bench) => {
      const cache = bench.cache();
      await fill(cache, ODD_KEYS);
      const controller = new AbortController();
      const read = async (): Promise<void> => {
        let seen = 0;
        for await (const _key of cache.keys({ signal: controller.signal })) {
          seen += 1;
          equal(seen, 1);
          controller.abort();
        }
      };
      await rejection('ABORTED', 'keys', read);
      for await (const _key of cache.keys({ pageSize: 3 })) break;
    },
  ],
  unsupported: [
    'Where the adapter cannot scan, its methods reject with UNSUPPORTED that names the operation, before any I/O.',
    async (bench) => {
      const trips = new RoundTrips(withoutFacets(bench.adapter, 'scan'));
      const cache = bench.cache({ adapter: trips.adapter });
      const methods = unsupportedMethodsOf(trips).filter(({ facet }) => facet === 'scan');
      equal(methods.length, 3);
      for (const method of methods) {
        const error = await rejection('UNSUPPORTED', method.name, () => method.call(cache, 'k'));
        equal(error.operation, method.name);
      }
      deepEqual(trips.calls, []);
    },
  ],
});

function sizeOf(stored: unknown): number {
  const payload = (stored as { readonly payload?: unknown } | undefined)?.payload;
  return payload instanceof Uint8Array ? payload.length : 0;
}
