import { describe, expect, test } from 'vitest';
import { type KeyCall, type KeyInput, type KeyState, keyModel } from '../../src/models/key-model.ts';
import { type Operation, unexplained } from '../../src/models/linearize.ts';

const model = keyModel();

function operation(
  begin: number,
  end: number,
  call: KeyCall,
  answer: string | undefined,
): Operation<KeyInput> {
  return { who: `at ${begin}`, says: call.name, input: { call, at: 0, step: 0 }, begin, end, answer };
}

const write = (label: string, when?: 'absent'): KeyCall => ({ name: 'write', label, ttlMs: null, when });
const read: KeyCall = { name: 'read' };
const add: KeyCall = { name: 'add', by: 1n, initial: 0n, ttlMs: null };
const NEVER = Number.POSITIVE_INFINITY;

const why = (...operations: Operation<KeyInput>[]): string | undefined => {
  return unexplained<KeyState, KeyInput>(model, operations);
};

describe('calls at the same time', () => {
  test('may take effect in either order', () => {
    const both = [operation(1, 4, write('a'), 'written'), operation(2, 3, write('b'), 'written')];
    expect(why(...both, operation(5, 6, read, 'a'))).toBeUndefined();
    expect(why(...both, operation(5, 6, read, 'b'))).toBeUndefined();
  });

  test('take effect in one order for everybody', () => {
    const both = [operation(1, 4, write('a'), 'written'), operation(2, 3, write('b'), 'written')];
    expect(why(...both, operation(5, 6, read, 'a'), operation(7, 8, read, 'b'))).toMatch(
      /answered b, not a|answered a, not b/,
    );
  });

  test('keep the order of those that did not overlap', () => {
    expect(why(operation(1, 2, write('a'), 'written'), operation(3, 4, read, 'nothing'))).toMatch(
      /read answered nothing, not a/,
    );
  });

  test('only one of two writes if absent is written', () => {
    const one = operation(1, 4, write('a', 'absent'), 'written');
    expect(why(one, operation(2, 3, write('b', 'absent'), 'refused'))).toBeUndefined();
    expect(why(one, operation(2, 3, write('b', 'absent'), 'written'))).toMatch(/written, not refused/);
  });
});

describe('a call of which nobody knows what became of it', () => {
  const lost = operation(1, NEVER, add, undefined);

  test('may have taken effect, may do so later, or never', () => {
    expect(why(lost, operation(2, 3, add, '2'))).toBeUndefined();
    expect(why(lost, operation(2, 3, add, '1'))).toBeUndefined();
    expect(why(lost, operation(2, 3, add, '1'), operation(4, 5, add, '3'))).toBeUndefined();
  });

  test('takes effect once at most', () => {
    expect(why(lost, operation(2, 3, add, '3'))).toMatch(/add answered 3, not 2/);
    expect(why(lost, operation(2, 3, add, '2'), operation(4, 5, add, '4'))).toMatch(/answered 4, not 3/);
  });

  test('and does not take effect before it began', () => {
    expect(why(operation(1, 2, add, '2'), operation(3, NEVER, add, undefined))).toMatch(/answered 2, not 1/);
  });

  test('takes effect for certain where it was applied and its answer is not known', () => {
    const applied = operation(1, 2, add, undefined);
    expect(why(applied, operation(3, 4, add, '2'))).toBeUndefined();
    expect(why(applied, operation(3, 4, add, '1'))).toMatch(/answered 1, not 2/);
  });
});

test('thirty calls at the same time are judged at once: what was tried is remembered', () => {
  const adds = Array.from({ length: 30 }, (_, i) => operation(i + 1, 100 + i, add, undefined));
  expect(why(...adds, operation(200, 201, add, '31'))).toBeUndefined();
  expect(why(...adds.slice(0, 12), operation(200, 201, add, '31'))).toMatch(/answered 31, not 13/);
});
