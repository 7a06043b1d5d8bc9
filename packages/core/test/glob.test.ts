import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globMatcher, literalGlob } from '../src/text/glob.ts';

describe('a glob', () => {
  test.each([
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a*', 'abc', true],
    ['a*', 'bac', false],
    ['*c', 'abc', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['[ab]c', 'bc', true],
    ['[^ab]c', 'bc', false],
    ['[a-c]', 'b', true],
    ['[c-a]', 'b', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a\\', 'a\\', true],
    ['[\\]]', ']', true],
    ['user:*:name', 'user:1:2:name', true],
    ['user:*:name', 'user:1:nam', false],
    ['?', '🏔', true],
    // Malformed ones are read as Redis reads them.
    ['[a-', 'a', true],
    ['[abc', 'c', true],
    ['[]', ']', false],
    ['[^]', 'x', true],
    ['[a-]', '-', false],
    ['[a-]]', '^', true],
    ['[\\a-c]', 'b', false],
    ['[\\a-c]', '-', true],
  ])('%s on %s is %s', (glob, text, matches) => {
    expect(globMatcher(glob)(text)).toBe(matches);
  });

  test('matches as the regular expression of the same meaning does', () => {
    const unit = fc.constantFrom('a', 'b', '*', '?');
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }),
        (glob, text) => {
          const pattern = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
          expect(globMatcher(glob)(text)).toBe(pattern.test(text));
        },
      ),
    );
  });

  test('of many stars ends', () => {
    expect(globMatcher(`${'*a'.repeat(50)}b`)('a'.repeat(2000))).toBe(false);
  });

  test('that is literal matches its text and no other', () => {
    const unit = fc.constantFrom('a', '*', '?', '[', ']', '\\', '^', '-');
    const text = fc.string({ unit, maxLength: 6 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(globMatcher(literalGlob(one))(one)).toBe(true);
        expect(globMatcher(literalGlob(one))(other)).toBe(one === other);
      }),
    );
  });
});
