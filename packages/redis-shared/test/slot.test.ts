import { expect, test } from 'vitest';
import { partsOf } from '../src/parts.ts';
import { slotOf } from '../src/slot.ts';

// From the specification of clusters. The tests of clusters compare with what a server says.
test.each([
  ['123456789', 0x31c3],
  ['', 0],
  ['foo', 12_182],
  ['somekey', 11_058],
  ['foo{hash_tag}', 2515],
  ['bar{hash_tag}', 2515],
  ['hash_tag', 2515],
])('the slot of %j is %d', (key, slot) => {
  expect(slotOf(key)).toBe(slot);
  expect(slotOf(Buffer.from(key))).toBe(slot);
});

test('the hash tag is what the first brace opens and the next one closes, unless that is nothing', () => {
  expect(slotOf('{user1000}.following')).toBe(slotOf('user1000'));
  expect(slotOf('foo{{bar}}zap')).toBe(slotOf('{bar'));
  expect(slotOf('foo{bar}{zap}')).toBe(slotOf('bar'));
  expect(slotOf('}{a}')).toBe(slotOf('a'));
  for (const whole of ['foo{}{bar}', '{}', '{', 'a{b', 'a}b', '}{']) {
    expect(slotOf(whole)).toBe(slotOf(`{${whole}`.slice(1)));
    expect(slotOf(whole)).not.toBe(slotOf('bar'));
  }
});

test('a slot is of the bytes of a key in UTF-8', () => {
  for (const key of ['ключ', '鍵{тег}', '👩‍🚀', 'a\u0000b', '{ñ}x']) {
    expect(slotOf(key)).toBe(slotOf(Buffer.from(key)));
  }
  expect(slotOf('鍵{тег}')).toBe(slotOf('тег'));
});

test('MGET is taken apart by slots, and put together in its order', () => {
  let whole: unknown;
  const keys = ['{a}1', '{b}1', '{a}2', '{c}1', '{b}1'];
  const parts = partsOf(['MGET', ...keys], (reply) => {
    whole = reply;
  });
  expect(parts.map(({ command }) => command)).toEqual([
    ['MGET', '{a}1', '{a}2'],
    ['MGET', '{b}1', '{b}1'],
    ['MGET', '{c}1'],
  ]);
  expect(parts.map(({ slot }) => slot)).toEqual(['a', 'b', 'c'].map(slotOf));
  const dead = new Error('dead');
  parts[2]?.settle(['C']);
  parts[1]?.settle(dead);
  expect(whole).toBeUndefined();
  parts[0]?.settle(['A1', 'A2']);
  expect(whole).toEqual(['A1', dead, 'A2', 'C', dead]);
});

test('a script goes where its key is', () => {
  expect(partsOf(['EVAL', 'return {1}', '1', '{k}', 'x'], () => undefined)).toMatchObject([
    { slot: slotOf('k'), keys: ['{k}'] },
  ]);
});
