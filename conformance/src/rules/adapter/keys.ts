import { equal } from 'node:assert/strict';
import type { Bench } from '../../kit/bench.ts';
import { type AdapterRule, group } from '../../rule.ts';

export const keys: readonly AdapterRule[] = group('keys', {
  case: [
    'Keys that differ in case are different keys.',
    async (bench) => apart(bench, ['case', 'Case', 'CASE']),
  ],
  space: [
    'Keys that differ in white space, at an end or within, are different keys.',
    async (bench) => apart(bench, ['a b', 'ab', ' ab', 'ab ', 'a  b', 'ab\t', 'ab\n', '\u00a0ab']),
  ],
  unicode: [
    'Keys are neither normalized nor folded: composed and decomposed, half and full width, with and without a joiner are different keys.',
    async (bench) =>
      apart(bench, ['é', 'e\u0301', 'Ａ', 'A', 'ß', 'ss', 'İ', 'i', '👨‍👩‍👧', '👨👩👧', '\u{1f600}']),
  ],
  control: [
    'Keys may hold control characters: CR, LF, NUL, escape and the rest do not end or split them.',
    async (bench) => {
      await apart(bench, ['a', 'a\0', 'a\0b', 'a\r\nget b', 'a\r', 'a\n', 'a\u001b[2J', '\u007f', 'a\ufeff']);
    },
  ],
  glob: [
    'Glob characters, separators, braces and quotes in keys mean themselves.',
    async (bench) => {
      await apart(bench, [
        '*',
        '?',
        '[ab]',
        'a',
        '\\*',
        '{x}a',
        '{x}b',
        'a:b',
        'a::b',
        'a/b',
        'a.b',
        '"a"',
        "'a'",
        '%2F',
      ]);
    },
  ],
  prefix: [
    'Keys of which one begins with the other are different keys.',
    async (bench) => apart(bench, ['', ':', 'p', 'pp', 'ppp', 'p:', 'p:p']),
  ],
  names: [
    'Keys that are names of properties, such as `__proto__` and `constructor`, are ordinary keys.',
    async (bench) =>
      apart(bench, ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', '-0', 'null']),
  ],
  longest: [
    'Keys of `limits.maxKeyBytes` bytes (of 64 KiB where that is less) work, and two that differ in the last byte alone are different keys.',
    async (bench) => {
      const room = Math.min(bench.adapter.limits.maxKeyBytes, 65_536) - Buffer.byteLength(bench.prefix);
      await apart(bench, [`${'k'.repeat(room - 1)}1`, `${'k'.repeat(room - 1)}2`, 'k'.repeat(room - 1)]);
    },
  ],
  bytes: [
    'The length of a key counts in bytes of UTF-8: keys of many-byte characters up to the limit are different keys.',
    async (bench) => {
      const room = Math.min(bench.adapter.limits.maxKeyBytes, 65_536) - Buffer.byteLength(bench.prefix);
      const filling = '€'.repeat(Math.floor(room / 3) - 1);
      await apart(bench, [`${filling}€`, `${filling}x`, filling]);
    },
  ],
});

/** Rejects unless each name is a key of its own, in one batch and one by one, and removable alone. */
async function apart(bench: Bench, names: readonly string[]): Promise<void> {
  const all = names.map((name) => bench.prefix + name);
  const payloads = all.map((_, i) => bench.payload(`payload ${i}`));
  for (const [i, key] of all.entries()) await bench.put(key, payloads[i]);
  for (const [i, key] of all.entries())
    await bench.holds(key, payloads[i], `under ${JSON.stringify(names[i]?.slice(-40))}`);
  for (const [i, key] of all.entries()) {
    equal(await bench.remove(key), true, `removing ${JSON.stringify(names[i]?.slice(-40))}`);
    for (const [j, other] of all.entries()) if (j > i) await bench.holds(other, payloads[j]);
  }
}
