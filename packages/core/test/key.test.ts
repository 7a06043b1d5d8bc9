import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CacheError } from '../src/error.ts';
import { checkKey, checkPath, namespacePath, otherKey, valueKey } from '../src/key.ts';

const name = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed()),
  fc.string({
    minLength: 1,
    unit: fc.constantFrom('{', '}', '/', '%', '#', ':', 'v', '2', '5', 'F', '*', 'a'),
  }),
);
const names = fc.array(name, { minLength: 1, maxLength: 3 });
const place = fc.tuple(names, name);

describe('server keys', () => {
  test('are different for different namespaces or keys, in any two places', () => {
    fc.assert(
      fc.property(place, place, fc.constantFrom(150, 1024), ([pathA, keyA], [pathB, keyB], max) => {
        const same = JSON.stringify([pathA, keyA]) === JSON.stringify([pathB, keyB]);
        const a = valueKey(namespacePath(pathA), keyA, max).text;
        expect(a === valueKey(namespacePath(pathB), keyB, max).text).toBe(same);
        expect(a).not.toBe(otherKey(namespacePath(pathB), 'n', keyB, max));
        expect(a).not.toBe(otherKey(namespacePath(pathB), 'r', '', max));
      }),
      { numRuns: 5000 },
    );
  });

  test('of one namespace share a Redis Cluster hash tag that holds the whole path', () => {
    fc.assert(
      fc.property(place, ([path, key]) => {
        const { text } = valueKey(namespacePath(path), key, 1024);
        const tag = text.slice(text.indexOf('{') + 1, text.indexOf('}'));
        expect(`{${tag}}`).toBe(namespacePath(path));
      }),
    );
  });

  test('have the form that CONTRACT.md says', () => {
    expect(namespacePath(['cache', 'a/b%{#}'])).toBe('{cache/a%2Fb%25%7B%23%7D}');
    expect(valueKey('{cache}', 'user:1', 250)).toEqual({ text: '{cache}v:user:1', hashed: false });
    expect(valueKey('{cache}', 'ab'.repeat(200), 250)).toEqual({
      text: '{cache}h:5aafbd87667a89353855126467426161ff8675a1970cfdfa502f0e4ecba64b9c',
      hashed: true,
    });
  });

  test('never exceed the limit', () => {
    const long = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 400 })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(long, (key) => {
        expect(Buffer.byteLength(valueKey('{cache}', key, 250).text)).toBeLessThanOrEqual(250);
        expect(Buffer.byteLength(otherKey('{cache}', 'n', key, 250))).toBeLessThanOrEqual(250);
      }),
    );
  });
});

describe('a key', () => {
  test.each([undefined, null, 5, {}, [], Symbol('x'), ''])('must not be %s', (key) => {
    expect(() => checkKey(key, 'get')).toThrow(CacheError);
  });

  test('may have 65,535 bytes and no more', () => {
    expect(() => checkKey('x'.repeat(65_535), 'get')).not.toThrow();
    expect(() => checkKey('x'.repeat(65_536), 'get')).toThrow(/at most 65535 bytes/);
    expect(() => checkKey('ü'.repeat(32_768), 'get')).toThrow(/this one has 65536/);
  });

  test('must not hold a lone surrogate', () => {
    expect(() => checkKey('\ud800', 'get')).toThrow(/lone surrogate/);
    expect(() => checkKey('🏔', 'get')).not.toThrow();
  });

  test('leaves a path that is too long no room', () => {
    expect(() => checkPath(`{${'x'.repeat(182)}}`, 250)).not.toThrow();
    expect(() => checkPath(`{${'x'.repeat(183)}}`, 250)).toThrow(/must not exceed 184 bytes/);
  });
});
