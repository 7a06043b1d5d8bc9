import { describe, expect, test } from 'vitest';
import type { DeadLetter } from '../../src/index.ts';
import { ManyTable, openBehind } from './behind.ts';

describe('a source that fails', () => {
  test('30 % of calls: everything arrives, the newest of each key', async () => {
    const store = new ManyTable();
    let seed = 42;
    const random = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    store.before = () => {
      if (random() < 0.3) throw new Error('deadlock detected');
    };
    const letters: DeadLetter<string, number>[] = [];
    const { repository, pass } = openBehind(
      { random, deadLetter: (letter) => void letters.push(letter) },
      store,
    );
    for (let i = 0; i < 500; i += 1) await repository.set(`k${i % 50}`, i);
    await pass(120_000, 100);
    expect(repository.stats().pending).toBe(0);
    expect(letters).toEqual([]);
    expect(store.rows.size).toBe(50);
    for (let k = 0; k < 50; k += 1) expect(store.rows.get(`k${k}`)).toBe(450 + k);
  });

  test('down for an hour: it is probed now and then, nothing is given up, and all arrives afterwards', async () => {
    const store = new ManyTable();
    let calls = 0;
    let down = true;
    store.before = () => {
      calls += 1;
      if (down) throw new Error('connection refused');
    };
    const letters: unknown[] = [];
    const { repository, pass } = openBehind(
      { deadLetter: (letter) => void letters.push(letter), retry: { attempts: 2 } },
      store,
    );
    for (let i = 0; i < 300; i += 1) await repository.set(`k${i}`, i);
    await pass(3_600_000, 5000);
    expect(calls).toBeLessThan(400);
    expect(calls).toBeGreaterThan(100);
    expect(repository.stats()).toMatchObject({ pending: 300, written: 0, dead: 0 });
    expect(repository.stats().oldestAgeMs).toBeGreaterThanOrEqual(3_600_000);
    down = false;
    await pass(60_000, 500);
    expect(store.rows.size).toBe(300);
    expect(letters).toEqual([]);
  });

  test('down for long with few writes: nothing is given up either', async () => {
    let down = true;
    const letters: unknown[] = [];
    const { repository, store, pass } = openBehind({
      deadLetter: (letter) => void letters.push(letter),
      retry: { attempts: 2 },
    });
    store.before = () => {
      if (down) throw new Error('connection refused');
    };
    await repository.set('a', 1);
    await repository.set('b', 1);
    await pass(600_000, 1000);
    expect(letters).toEqual([]);
    down = false;
    await pass(40_000, 1000);
    expect(store.rows.size).toBe(2);
  });

  test('one that hangs: the call is aborted and the write tried again', async () => {
    const { repository, store, pass, events } = openBehind({ storeTimeout: '5s' });
    let hang = true;
    store.before = () => (hang ? new Promise(() => undefined) : undefined);
    await repository.set('a', 1);
    await pass(200);
    hang = false;
    await pass(5000);
    await pass(1000, 100);
    expect(store.log).toEqual(['set a=1']);
    expect(events.find(({ type }) => type === 'retry')).toMatchObject({ error: { code: 'TIMEOUT' } });
  });

  test('a poison write among others goes to the dead letters, and they to the source', async () => {
    const store = new ManyTable();
    store.before = (call) => {
      if (call === 'set k7=7') throw new Error('violates a constraint');
    };
    const letters: DeadLetter<string, number>[] = [];
    const { repository, cache, pass, events } = openBehind(
      { deadLetter: (letter) => void letters.push(letter), retry: { attempts: 3 } },
      store,
    );
    await Promise.all(Array.from({ length: 50 }, (_, i) => repository.set(`k${i}`, i)));
    await pass(3000, 100);
    expect(store.rows.size).toBe(49);
    // A failure while nothing else succeeds says nothing of the write.
    for (let i = 0; i < 10; i += 1) {
      await repository.set('other', i);
      await pass(2000, 100);
    }
    expect(letters).toMatchObject([
      { key: 'k7', operation: 'set', value: 7, error: { message: /constraint/ } },
    ]);
    expect(repository.stats()).toMatchObject({ pending: 0, dead: 1 });
    expect(events.some(({ type }) => type === 'dead')).toBe(true);
    // The value that the source never had is in no cache either.
    expect(await cache.has('k7')).toBe(false);
    await repository.set('k7', 8);
    await pass(200);
    expect(store.rows.get('k7')).toBe(8);
  });

  test('without a dead-letter hook it blocks its own key, and no other for longer than a pause', async () => {
    const { repository, store, pass } = openBehind();
    store.before = (call) => {
      if (call.startsWith('set bad')) throw new Error('violates a constraint');
    };
    await repository.set('bad', 1);
    await pass(600_000, 5000);
    await repository.set('good', 1);
    await pass(400, 50);
    expect(store.rows.get('good')).toBe(1);
    expect(await repository.get('bad')).toBe(1);
    expect(repository.stats()).toMatchObject({ pending: 1 });
    expect(repository.stats().oldestAgeMs).toBeGreaterThan(600_000);
  });

  test('what is known to be poison is given up at once, and again until the hook has taken it', async () => {
    const letters: unknown[] = [];
    const { repository, store, pass } = openBehind({
      isPoison: (error) => error instanceof RangeError,
      deadLetter: (letter) => {
        letters.push(letter);
        if (letters.length < 3) throw new Error('the hook is down');
      },
    });
    store.before = () => {
      throw new RangeError('too long');
    };
    await repository.set('a', 1);
    await pass(200);
    expect(repository.stats()).toMatchObject({ pending: 1, dead: 0 });
    await pass(10_000, 100);
    expect(letters).toHaveLength(3);
    expect(repository.stats()).toMatchObject({ pending: 0, dead: 1 });
  });

  test('attempts without a hook are refused: a write that is given up must go somewhere', () => {
    expect(() => openBehind({ retry: { attempts: 3 } })).toThrow(/deadLetter/);
  });
});
