import { describe, expect, test } from 'vitest';
import { faultyAdapter } from '../../../../conformance/src/faults/index.ts';
import { memoryAdapter } from '../../../memory/src/index.ts';
import { createCache, memoryJournal } from '../../src/index.ts';
import { openBehind, settled } from './behind.ts';
import { gate, Table } from './open.ts';

describe('acknowledging and reading', () => {
  test('a write is acknowledged before the source has it, and read at once', async () => {
    const { repository, store, pass } = openBehind();
    store.rows.set('b', 1);
    await repository.set('a', 1);
    await repository.delete('b');
    expect(store.log).toEqual([]);
    expect(await repository.get('a')).toBe(1);
    expect(await repository.getMany(['b', 'a', 'b'])).toEqual([undefined, 1, undefined]);
    expect([await repository.has('a'), await repository.has('b')]).toEqual([true, false]);
    expect(await repository.refresh('a')).toBe(1);
    await pass(200);
    expect([...store.rows]).toEqual([['a', 1]]);
    expect(repository.stats()).toMatchObject({ pending: 0, bytes: 0, written: 2, oldestAgeMs: 0 });
    expect(await repository.get('a')).toBe(1);
  });

  test('reads see the newest acknowledged value though the cache has lost it', async () => {
    const { repository, cache, store } = openBehind();
    store.rows.set('a', 1);
    await repository.set('a', 2);
    await cache.clear();
    expect(await repository.get('a')).toBe(2);
    expect(await repository.getMany(['a'])).toEqual([2]);
    expect(store.log).toEqual([]);
  });

  test('the cached value goes once the source has it: what others loaded meanwhile is not kept', async () => {
    const { repository, cache, store, pass } = openBehind();
    store.rows.set('a', 1);
    await repository.set('a', 2);
    expect(await cache.get('a')).toBe(2);
    // Another process, whose cached value was evicted, loads what the source still has.
    await cache.delete('a');
    await cache.getOrSet('a', () => 1);
    await pass(200);
    expect(await cache.has('a')).toBe(false);
    expect(await repository.get('a')).toBe(2);
  });

  test('what is applied is what was given, whatever the caller does to it afterwards', async () => {
    const given = { n: 1 };
    const rows = new Map<string, unknown>();
    const store = {
      get: (key: string) => rows.get(key),
      set: (key: string, value: unknown) => void rows.set(key, value),
      delete: (key: string) => rows.delete(key),
    };
    const { repository, pass } = openBehind({ store: store as never });
    await repository.set('a', given as never);
    given.n = 2;
    expect(await repository.get('a')).toEqual({ n: 1 });
    await pass(200);
    expect(rows.get('a')).toEqual({ n: 1 });
  });

  test('what the journal cannot keep is refused, and so is what it fails to keep', async () => {
    const journal = memoryJournal();
    const { repository } = openBehind({ journal, bound: { writes: 1, full: 'reject' } });
    await expect(repository.set('a', undefined as never)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(repository.set('a', 1n as never)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await repository.get('a');
    journal.append = async () => {
      throw new Error('disk full');
    };
    await expect(repository.set('a', 1)).rejects.toThrow('disk full');
    await expect(repository.set('a', 1)).rejects.toThrow('disk full');
    expect(await repository.get('a')).toBeUndefined();
    expect(repository.stats()).toMatchObject({ pending: 0, waiting: 0 });
  });

  test('what an earlier process left is read at once and applied', async () => {
    const journal = memoryJournal();
    const first = openBehind({ journal });
    await first.repository.set('a', 1);
    await first.repository.set('a', 2);
    await first.repository.delete('b');
    // It dies: its clock does not go on.
    const store = new Table();
    store.rows.set('b', 1);
    const second = openBehind({ journal }, store);
    expect(await second.repository.getMany(['a', 'b'])).toEqual([2, undefined]);
    expect(second.repository.stats()).toMatchObject({ pending: 2, coalesced: 1 });
    await second.pass(200);
    expect([...store.rows]).toEqual([['a', 2]]);
    expect(await journal.read(0, 10)).toEqual([]);
  });

  test('what an earlier process left may be more than one page', async () => {
    const journal = memoryJournal();
    const first = openBehind({ journal });
    first.store.before = () => gate().opened;
    await Promise.all(Array.from({ length: 2500 }, (_, i) => first.repository.set(`k${i}`, i)));
    const second = openBehind({ journal });
    expect(await second.repository.get('k2499')).toBe(2499);
    expect(second.repository.stats().pending).toBe(2500);
  });

  test('a journal that cannot be opened fails calls loudly and is tried again', async () => {
    const journal = memoryJournal();
    const { claim } = journal;
    let down = true;
    journal.claim = () => (down ? Promise.reject(new Error('locked')) : claim());
    const { repository, clock, events } = openBehind({ journal });
    await expect(repository.get('a')).rejects.toThrow('locked');
    await expect(repository.set('a', 1)).rejects.toThrow('locked');
    down = false;
    clock.advance(60_000);
    await settled();
    await repository.set('a', 1);
    expect(events.some(({ type }) => type === 'unopened')).toBe(true);
  });
});

describe('a cache or journal that fails', () => {
  test('the record stays until the cached value is gone', async () => {
    const opened = openBehind();
    const { repository, store, pass, events } = opened;
    await repository.set('a', 1);
    opened.fault = (method) => (method === 'remove' ? { kind: 'fail' } : undefined);
    await pass(200);
    expect(store.rows.get('a')).toBe(1);
    expect(repository.stats()).toMatchObject({ pending: 1, written: 1 });
    expect(events.some(({ type }) => type === 'unfinished')).toBe(true);
    // The source is not kept waiting by that.
    await repository.set('b', 1);
    await pass(200);
    expect(store.rows.get('b')).toBe(1);
    opened.fault = () => undefined;
    await pass(2000, 100);
    expect(repository.stats()).toMatchObject({ pending: 0, written: 2 });
  });

  test('an invalidation that is merely queued is no reason to forget the record', async () => {
    let down = false;
    const adapter = faultyAdapter(memoryAdapter(), (method) => {
      return down && method === 'remove' ? { kind: 'fail' } : undefined;
    });
    const cache = createCache({ adapter, onInvalidationFailure: 'queue', timeout: 50 });
    const { repository, store, pass } = openBehind({ cache });
    await repository.set('a', 1);
    down = true;
    await pass(200);
    expect(store.rows.get('a')).toBe(1);
    expect(repository.stats().pending).toBe(1);
    down = false;
    await pass(2000, 100);
    expect(repository.stats().pending).toBe(0);
    await cache.close();
  });

  test('a write is accepted while the cache is down, and read', async () => {
    const opened = openBehind();
    opened.fault = () => ({ kind: 'fail' });
    await opened.repository.set('a', 1);
    expect(await opened.repository.get('a')).toBe(1);
    expect(opened.events).toMatchObject([{ type: 'uncached', keys: ['a'] }]);
  });
});
