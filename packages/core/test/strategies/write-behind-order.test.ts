import { describe, expect, test } from 'vitest';
import type { StoreCall } from '../../src/index.ts';
import { ManyTable, openBehind, settled } from './behind.ts';
import { gate, Table } from './open.ts';

describe('order, coalescing and batches', () => {
  test('what was not sent is coalesced, and what is under way is not overtaken', async () => {
    const { repository, store, pass } = openBehind();
    const first = gate();
    store.before = (call) => (call === 'set a=1' ? first.opened : undefined);
    await repository.set('a', 1);
    await pass(200);
    await repository.set('a', 2);
    await repository.set('a', 3);
    await repository.set('b', 1);
    await pass(200);
    expect(store.log).toEqual(['set b=1']);
    first.open();
    await pass(200);
    expect(store.log).toEqual(['set b=1', 'set a=1', 'set a=3']);
    expect(repository.stats()).toMatchObject({ pending: 0, written: 3, coalesced: 1 });
  });

  test('what fails while a newer write of its key waits is superseded by that', async () => {
    const { repository, store, pass } = openBehind();
    const first = gate();
    store.before = async (call) => {
      if (call !== 'set a=1') return;
      await first.opened;
      throw new Error('deadlock detected');
    };
    await repository.set('a', 1);
    await pass(200);
    await repository.set('a', 2);
    first.open();
    await pass(1000, 100);
    expect(store.log).toEqual(['set a=2']);
    expect(repository.stats()).toMatchObject({ pending: 0, written: 1, coalesced: 1, failed: 1 });
  });

  test('writes of one key that nobody waits for are applied in the order of the calls', async () => {
    const { repository, store, pass } = openBehind({ bound: { writes: 2 } });
    const writes = Array.from({ length: 20 }, (_, i) => repository.set('a', i));
    await pass(1000, 50);
    await Promise.all(writes);
    await pass(1000, 50);
    expect(store.rows.get('a')).toBe(19);
    const order = store.log.map((call) => Number(call.split('=')[1]));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test('a batch goes when it is full by count or by bytes, or its first write has waited', async () => {
    const store = new ManyTable();
    const { repository, pass } = openBehind({ batch: { writes: 3, bytes: 1000, interval: '5s' } }, store);
    await Promise.all(['a', 'b', 'c'].map((key) => repository.set(key, 1)));
    await settled();
    expect(store.batches).toEqual([['a=1', 'b=1', 'c=1']]);
    await repository.set('d', 1);
    await repository.delete('a');
    await pass(4999);
    expect(store.batches).toHaveLength(1);
    await pass(1);
    expect(store.batches).toHaveLength(1);
    expect(store.log).toEqual(['set d=1', 'delete a']);
  });

  test('a batch goes when it is full by bytes', async () => {
    const store = new ManyTable();
    const { repository } = openBehind({ batch: { writes: 100, bytes: 40, interval: '1h' } }, store);
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => repository.set(key, 1)));
    await settled();
    // A record of these has 16 bytes.
    expect(store.batches).toEqual([
      ['a=1', 'b=1'],
      ['c=1', 'd=1'],
    ]);
  });

  test('of a store that takes no many, everything that filled a batch goes', async () => {
    const { repository, store } = openBehind({ batch: { writes: 5, interval: '1h' } });
    await Promise.all(Array.from({ length: 7 }, (_, i) => repository.set(`k${i}`, i)));
    await settled();
    expect(store.rows.size).toBe(7);
  });

  test('the source gets sequences that rise a key, and a fence', async () => {
    const calls: StoreCall[] = [];
    const store = new Table();
    const { set } = store;
    store.set = async (key: string, value: number, call?: StoreCall) => {
      if (call !== undefined) calls.push(call);
      await set.call(store, key, value);
    };
    const { repository, pass } = openBehind({}, store);
    await repository.set('a', 1);
    await pass(200);
    await repository.set('a', 2);
    await pass(200);
    const [first, second] = calls;
    expect(first?.sequence).toBeGreaterThan(0);
    expect(second?.sequence).toBeGreaterThan(first?.sequence ?? Number.POSITIVE_INFINITY);
    expect(second?.fence).toBe(first?.fence);
    expect(repository.guarantees).toEqual({ keeps: 'nothing', order: 'in-turn' });
  });
});
