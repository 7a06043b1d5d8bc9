import { describe, expect, test } from 'vitest';
import { MAX_DURATION_MS, parseDuration } from '../src/duration.ts';
import { CacheError } from '../src/error.ts';

describe('a duration', () => {
  test.each([
    [1, 1],
    [0.2, 1],
    [1500.4, 1501],
    ['250ms', 250],
    ['5s', 5000],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['60d', 5_184_000_000],
    [2 ** 31 + 1, 2 ** 31 + 1],
    [MAX_DURATION_MS, MAX_DURATION_MS],
  ])('%s is %d ms', (value, ms) => {
    expect(parseDuration(value, 'ttl')).toBe(ms);
  });

  test.each([
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    MAX_DURATION_MS + 1,
    '5',
    '0s',
    '-5s',
    '5 s',
    '5 parsecs',
    '5S',
    '',
    's',
    '1e3ms',
    '99999999999d',
    null,
    undefined,
    {},
    true,
    5n,
  ])('%s is refused by name', (value) => {
    expect(() => parseDuration(value, 'grace')).toThrow(CacheError);
    expect(() => parseDuration(value, 'grace')).toThrow(/^grace /);
  });
});
