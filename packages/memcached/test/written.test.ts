import { OPCODE } from '@cache/memcached-shared';
import { Header, Utils } from 'memjs';
import { expect, test } from 'vitest';
import { written } from '../src/written.ts';

test('a request is what memjs would make of it, with the cas in its place', () => {
  const key = Buffer.from('key');
  const extras = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]);
  const cas = Buffer.from([8, 7, 6, 5, 4, 3, 2, 1]);
  const [ours] = written([{ opcode: OPCODE.set, key, extras, value: Buffer.from('value'), cas }], 77);
  const theirs = Utils.makeRequestBuffer(OPCODE.set, key, extras, 'value', 77);
  cas.copy(theirs, 16);
  expect(ours).toEqual(theirs);
});

test('the numbers of requests wrap at 2^32, where those of memjs turn negative and throw', () => {
  const [both] = written([{ opcode: OPCODE.noop }, { opcode: OPCODE.noop }], 0xffff_ffff);
  expect(Header.fromBuffer(both as Buffer).opaque).toBe(0xffff_ffff);
  expect(Header.fromBuffer((both as Buffer).subarray(24)).opaque).toBe(0);
});

test('large requests leave in pieces', () => {
  const value = Buffer.alloc(200_000);
  const pieces = written(
    [1, 2, 3].map(() => ({ opcode: OPCODE.set, key: Buffer.from('k'), value })),
    0,
  );
  expect(pieces.map((piece) => piece.length)).toEqual([200_025, 200_025, 200_025]);
});
