import { expect, test } from 'vitest';
import { sided, unsided } from '../src/layers/sided.ts';

const VERSIONS = [new Uint8Array([1, 2, 3]), new Uint8Array(0), 'text', '', '1', 1, 1n, 2n ** 64n];

test.each(VERSIONS)('a version comes back to its side, and to no other (%s)', (version) => {
  expect(unsided('p', sided('p', version))).toEqual(version);
  expect(unsided('s', sided('p', version))).toBeUndefined();
});

test('different versions stay different', () => {
  const all = VERSIONS.flatMap((version) => ['p', 's'].map((side) => sided(side, version)));
  const texts = all.map((version) => (version instanceof Uint8Array ? `bytes ${version}` : version));
  expect(new Set(texts).size).toBe(all.length);
});

test.each(['', 'p', 'px', 7, 7n, new Uint8Array(0)])(
  'what no side gave is a version of none (%s)',
  (version) => {
    expect(unsided('p', version)).toBeUndefined();
  },
);
