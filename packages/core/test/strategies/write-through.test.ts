import { describe, expect, test } from 'vitest';
import { CacheError, writeAround, writeThrough } from '../../src/index.ts';
import { gate, open, Table } from './open.ts';

describe('write-through', () => {
  test('writes the source, then the cache, from which it is read', async () => {
    const { cache } = open();
    const store = new Table();
    const repository = writeThrough({ cache, store });
    await repository.set('a', 1);
    expect(await cache.get('a')).toBe(1);
    expect(await repository.get('a')).toBe(1);
    expect(await repository.has('a')).toBe(true);
    expect(await repository.delete('a')).toBe(true);
    expect(await repository.delete('a')).toBe(false);
    expect(await repository.has('a')).toBe(false);
    expect(store.log).toEqual(['set a=1', 'delete a', 'delete a', 'get a']);
  });

  test('what the source refuses is in no cache, and the caller gets its error', async () => {
    const { cache } = open();
    const store = new Table();
    const repository = writeThrough({ cache, store });
    await repository.set('a', 1);
    const refusal = new Error('negative');
    store.before = (call) => {
      if (call === 'set a=-1') throw refusal;
    };
    await expect(repository.set('a', -1)).rejects.toBe(refusal);
    expect(await cache.has('a')).toBe(false);
    expect(await repository.get('a')).toBe(1);
  });

  test('a value that the cache cannot keep does not reach the source', async () => {
    const { cache } = open();
    const store = new Table();
    const repository = writeThrough({ cache, store });
    await expect(repository.set('a', undefined as never)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect(store.log).toEqual([]);
  });

  test('of two writers whose writes overlap, neither leaves a value that the source may not have', async () => {
    const { cache } = open();
    const store = new Table();
    const repository = writeThrough({ cache, store });
    const first = gate();
    store.before = (call) => (call === 'set a=1' ? first.opened : undefined);
    const one = repository.set('a', 1);
    await repository.set('a', 2);
    first.open();
    await one;
    // The source took 2 and then 1: by the order of the calls the cache would have 2.
    expect(store.rows.get('a')).toBe(1);
    expect(await cache.has('a')).toBe(false);
    expect(await repository.get('a')).toBe(1);
  });

  test('a load that began before the write does not come back over it', async () => {
    const { cache } = open();
    const store = new Table();
    store.rows.set('a', 1);
    const repository = writeThrough({ cache, store });
    const load = gate();
    const begun = gate();
    store.get = async () => {
      const value = store.rows.get('a');
      begun.open();
      await load.opened;
      return value;
    };
    const read = repository.get('a');
    await begun.opened;
    await repository.set('a', 2);
    load.open();
    await read;
    expect(await cache.get('a')).toBe(2);
  });

  test('a cache that fails after the source took the value is left with nothing', async () => {
    const opened = open();
    const store = new Table();
    const repository = writeThrough({ cache: opened.cache, store });
    await repository.set('a', 1);
    store.before = () => {
      opened.fault = () => ({ kind: 'fail' });
    };
    await repository.set('a', 2);
    expect(store.rows.get('a')).toBe(2);
    opened.fault = () => undefined;
    store.before = () => undefined;
    expect(await opened.cache.has('a')).toBe(false);
    expect(await repository.get('a')).toBe(2);
  });

  test('a cache that is down before the write: the source is not written, or by choice the caller is told', async () => {
    const opened = open();
    const store = new Table();
    const { cache } = opened;
    opened.fault = () => ({ kind: 'fail' });
    await expect(writeThrough({ cache, store }).set('a', 1)).rejects.toBeInstanceOf(CacheError);
    expect(store.log).toEqual([]);
    const written = writeThrough({ cache, store, onMarkFailure: 'run' }).set('a', 1);
    await expect(written).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'applied' });
    expect(store.rows.get('a')).toBe(1);
  });

  test('cache-first: the cache has it before the source, and loses it when the source refuses', async () => {
    const { cache } = open();
    const store = new Table();
    const repository = writeThrough({ cache, store, order: 'cache-first' });
    const seen: unknown[] = [];
    store.before = async (call) => {
      seen.push(await cache.get('a'));
      if (call === 'set a=2') throw new Error('refused');
    };
    await repository.set('a', 1);
    await expect(repository.set('a', 2)).rejects.toThrow('refused');
    expect(seen).toEqual([1, 2]);
    expect(await cache.has('a')).toBe(false);
  });

  test('cache-first: when the value cannot be withdrawn the caller is told', async () => {
    const opened = open();
    const store = new Table();
    const repository = writeThrough({ cache: opened.cache, store, order: 'cache-first' });
    store.before = () => {
      opened.fault = () => ({ kind: 'fail' });
      throw new Error('refused');
    };
    await expect(repository.set('a', 1)).rejects.toMatchObject({ outcome: 'unknown', key: 'a' });
  });

  test('an unknown order is refused', () => {
    const { cache } = open();
    expect(() => writeThrough({ cache, store: new Table(), order: 'both' as never })).toThrow(/order/);
  });
});

describe('write-around', () => {
  test('writes the source past the cache, which loads on read', async () => {
    const { cache } = open();
    const store = new Table();
    const repository = writeAround({ cache, store });
    await repository.set('a', 1);
    expect(await cache.has('a')).toBe(false);
    expect(await repository.get('a')).toBe(1);
    await repository.set('a', 2);
    expect(await repository.get('a')).toBe(2);
    expect(await repository.delete('a')).toBe(true);
    expect(store.log).toEqual(['set a=1', 'get a', 'set a=2', 'get a', 'delete a']);
  });
});
