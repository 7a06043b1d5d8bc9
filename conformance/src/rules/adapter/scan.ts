import { deepEqual, ok } from 'node:assert/strict';
import type { Scan, ScanMatch, ScanPage } from '@cache/core';
import type { Bench } from '../../kit/bench.ts';
import { valueIn } from '../../kit/check.ts';
import { type AdapterRule, group } from '../../rule.ts';

export const scan: readonly AdapterRule[] = group('scan', {
  finds: [
    'A scan by prefix, page after page to its end, finds every key that begins with it, and no other.',
    'scan',
    async (bench) => {
      const mine = bench.keys(30, 'mine:');
      for (const key of [...mine, bench.key('other:'), bench.key('min')]) await bench.put(key);
      deepEqual(await found(bench, { prefix: `${bench.prefix}mine:` }), [...mine].sort());
    },
  ],
  literal: [
    'The prefix is taken literally: glob characters in it match themselves alone.',
    'scan',
    async (bench) => {
      for (const special of ['*', '?', '[ab]', 'a\\', '[^x]', '\\*', '{a,b}']) {
        const prefix = bench.key(special);
        await bench.put(`${prefix}1`);
        for (const trap of ['a', 'b', 'x', 'aa', ''])
          await bench.put(`${bench.prefix}${trap}${prefix.slice(bench.prefix.length + special.length)}1`);
        deepEqual(await found(bench, { prefix }), [`${prefix}1`], `prefix ${special}`);
      }
    },
  ],
  nothing: [
    'A scan that matches nothing comes to its end without a key.',
    'scan',
    async (bench) => {
      await bench.put(bench.key('some'));
      deepEqual(await found(bench, { prefix: bench.key('none') }), []);
    },
  ],
  star: [
    'In a glob, `*` stands for any run of characters, the empty one included, and `?` for exactly one.',
    'scan',
    async (bench) => {
      await globs(bench, ['', 'a', 'ab', 'abc', 'b', 'ba'], {
        '*': ['', 'a', 'ab', 'abc', 'b', 'ba'],
        'a*': ['a', 'ab', 'abc'],
        '*b': ['ab', 'b'],
        '?': ['a', 'b'],
        'a?': ['ab'],
        '*b*': ['ab', 'abc', 'b', 'ba'],
      });
    },
  ],
  class: [
    'In a glob, `[ab]`, `[a-c]` and `[^a]` stand for one character of the set, of the range, or outside of it.',
    'scan',
    async (bench) => {
      await globs(bench, ['a', 'b', 'c', 'd', '-', 'ab'], {
        '[ab]': ['a', 'b'],
        '[a-c]': ['a', 'b', 'c'],
        '[^a]': ['b', 'c', 'd', '-'],
        '[ab]b': ['ab'],
      });
    },
  ],
  escape: [
    'In a glob, a backslash takes the next character literally.',
    'scan',
    async (bench) => {
      await globs(bench, ['*', 'a', '?', '[', '\\', 'aa'], {
        '\\*': ['*'],
        '\\?': ['?'],
        '\\[': ['['],
        '\\\\': ['\\'],
      });
    },
  ],
  pages: [
    'A scan in small pages finds the same as one in large pages.',
    'scan',
    async (bench) => {
      const keys = bench.keys(60);
      for (const key of keys) await bench.put(key);
      deepEqual(await found(bench, { prefix: bench.prefix }, 20), [...keys].sort());
      deepEqual(await found(bench, { prefix: bench.prefix }, 10_000), [...keys].sort());
    },
  ],
  removed: [
    'A scan does not find what was removed before it began.',
    'scan',
    async (bench) => {
      const [gone, there] = bench.keys(2) as [string, string];
      await bench.put(gone);
      await bench.put(there);
      await bench.remove(gone);
      deepEqual(await found(bench, { prefix: bench.prefix }), [there]);
    },
  ],
  unicode: [
    'A scan answers keys as they were written: spaces, quotes and many-byte characters included.',
    'scan',
    async (bench) => {
      const keys = ['ключ', '鍵 with space', '"quoted"', 'a\\b', '👩‍🚀'].map((name) => bench.key(name));
      for (const key of keys) await bench.put(key);
      deepEqual(await found(bench, { prefix: bench.prefix }), [...keys].sort());
    },
  ],
  changes: [
    'A key that is there from the first to the last page is found, even if others come and go between the pages.',
    'scan',
    async (bench) => {
      const staying = bench.keys(50, 'stay');
      const going = bench.keys(50, 'go');
      for (const key of [...staying, ...going]) await bench.put(key);
      const seen = new Set<string>();
      let cursor: string | undefined;
      do {
        const page = await pageOf(bench, { prefix: bench.prefix }, cursor, 20);
        for (const key of page.keys) seen.add(key);
        for (const gone of going.splice(0, 3)) await bench.remove(gone);
        await bench.put(bench.key('z-came'));
        cursor = page.next;
        ok(seen.size < 10_000, 'it does not end');
      } while (cursor !== undefined);
      deepEqual(
        staying.filter((key) => !seen.has(key)),
        [],
      );
    },
  ],
});

/** The names, under a prefix of their own, that each glob is to find. */
async function globs(
  bench: Bench,
  names: readonly string[],
  expected: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const prefix = bench.key('glob:');
  for (const name of names) await bench.put(prefix + name);
  for (const [glob, finds] of Object.entries(expected)) {
    const keys = (await found(bench, { prefix, glob })).map((key) => key.slice(prefix.length));
    deepEqual(keys, [...finds].sort(), `glob ${glob}`);
  }
}

/** Everything that a scan finds, each key once. */
async function found(bench: Bench, match: ScanMatch, count = 100): Promise<string[]> {
  const keys = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 0; ; pages += 1) {
    const page = await pageOf(bench, match, cursor, count);
    for (const key of page.keys) keys.add(key);
    if (page.next === undefined) return [...keys].sort();
    ok(pages < 1_000_000, 'the scan does not end');
    cursor = page.next;
  }
}

async function pageOf(
  bench: Bench,
  match: ScanMatch,
  cursor: string | undefined,
  count: number,
): Promise<ScanPage> {
  const scanner = bench.adapter.scan as Scan;
  return valueIn(await scanner.page(match, cursor, count, bench.call()), 'page');
}
