import { describe, expect, test } from 'vitest';
import { faultyAdapter } from '../../../../conformance/src/faults/index.ts';
import { memoryAdapter } from '../../../memory/src/index.ts';
import {
  CacheError,
  createCache,
  type DeadLetter,
  memoryJournal,
  type StoreCall,
  type WriteBehindGuarantees,
} from '../../src/index.ts';
import { ManyTable, openBehind, settled } from './behind.ts';
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

/** A table that keeps fence and sequence beside each value, and ignores what is older. */
class FencedTable extends Table {
  readonly fenced = true;
  readonly #stamps: Map<string, readonly [fence: number, sequence: number]> = new Map();

  override async set(key: string, value: number, call: StoreCall = {}): Promise<void> {
    await this.before(`set ${key}=${value}`);
    const { fence = 0, sequence = 0 } = call;
    const [oldFence, oldSequence] = this.#stamps.get(key) ?? [0, 0];
    if (fence < oldFence || (fence === oldFence && sequence < oldSequence)) return;
    this.#stamps.set(key, [fence, sequence]);
    this.rows.set(key, value);
  }
}

/** A first drainer is frozen in a write, a second takes over and writes a newer value, and the first wakes. */
async function frozenAndWoken(store: Table): Promise<WriteBehindGuarantees> {
  const journal = memoryJournal();
  const frozen = gate();
  // What is frozen does not hear either that it lost its right.
  const claim = async () => ({ ...(await journal.claim()), lost: new AbortController().signal });
  const first = openBehind({ journal: { ...journal, claim } }, store);
  store.before = (call) => (call === 'set a=1' ? frozen.opened : undefined);
  await first.repository.set('a', 1);
  await first.pass(200);
  store.before = () => undefined;
  const second = openBehind({ journal }, store);
  await second.repository.set('a', 2);
  await second.pass(200);
  expect(store.rows.get('a')).toBe(2);
  frozen.open();
  await first.pass(200);
  expect(await journal.read(0, 10)).toEqual([]);
  return first.repository.guarantees;
}

describe('two drainers, one frozen past its right to drain and woken', () => {
  test('a store that takes fence and sequence ignores what the old one wrote', async () => {
    const store = new FencedTable();
    expect(await frozenAndWoken(store)).toMatchObject({ order: 'fenced' });
    expect(store.rows.get('a')).toBe(2);
  });

  test('another one does not, and the repository says that it promises less', async () => {
    const store = new Table();
    expect(await frozenAndWoken(store)).toMatchObject({ order: 'in-turn' });
    expect(store.rows.get('a')).toBe(1);
  });

  test('one that hears of it stops, fails calls loudly, and goes on when it has the right again', async () => {
    const journal = memoryJournal();
    const first = openBehind({ journal });
    await first.repository.set('a', 1);
    const second = openBehind({ journal });
    expect(await second.repository.get('a')).toBe(1);
    await first.pass(0);
    expect(first.store.log).toEqual([]);
    await expect(first.repository.get('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(first.repository.set('a', 2)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await second.repository.set('a', 3);
    await first.pass(1000, 100);
    expect(await first.repository.get('a')).toBe(3);
    await first.pass(1000, 100);
    expect(first.store.rows.get('a')).toBe(3);
    expect(first.store.log[0]).toBe('set a=3');
    expect(second.store.log).toEqual([]);
  });
});

test('what waited for a commit when the right was lost does not slip into the next tenure', async () => {
  const journal = memoryJournal();
  const commit = gate();
  let commits = 0;
  const append: typeof journal.append = async (records) => {
    commits += 1;
    if (commits > 1) return await journal.append(records);
    await commit.opened;
    throw new CacheError('UNAVAILABLE', 'lost');
  };
  const first = openBehind({ journal: { ...journal, append } });
  const one = first.repository.set('a', 1).catch((error: CacheError) => error.code);
  await settled();
  const two = first.repository.set('a', 2).catch((error: CacheError) => error.code);
  await settled();
  await journal.claim();
  await first.pass(1000, 100);
  // The first commit ends after the next tenure has begun.
  commit.open();
  await settled();
  expect(await Promise.all([one, two])).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
  expect(await journal.read(0, 10)).toEqual([]);
});

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

describe('the bound', () => {
  test('at the bound writes wait, in order, and go on as the source takes some', async () => {
    const { repository, store, pass } = openBehind({ bound: { writes: 5 } });
    let down = true;
    store.before = () => {
      if (down) throw new Error('down');
    };
    let accepted = 0;
    const writes = Array.from({ length: 12 }, (_, i) =>
      repository.set(`k${i}`, i).then(() => {
        accepted += 1;
      }),
    );
    await pass(10_000, 500);
    expect(accepted).toBe(5);
    expect(repository.stats()).toMatchObject({ pending: 5, waiting: 7 });
    down = false;
    await pass(5000, 100);
    await Promise.all(writes);
    await pass(1000, 100);
    expect(store.rows.size).toBe(12);
  });

  test('who waits too long, or is aborted, or may not wait, is told that nothing was accepted', async () => {
    const { repository, pass, store } = openBehind({ bound: { writes: 1 }, batch: { interval: '1h' } });
    await repository.set('a', 1);
    const controller = new AbortController();
    const failed = Promise.allSettled([
      repository.set('b', 1, { timeout: '1s' }),
      repository.set('c', 1, { signal: controller.signal }),
      repository.set('d', 1),
    ]);
    await settled();
    controller.abort();
    await pass(30_000, 1000);
    const codes = (await failed).map((result) => result.status === 'rejected' && result.reason.code);
    expect(codes).toEqual(['BUSY', 'ABORTED', 'BUSY']);
    const refusing = openBehind({ bound: { writes: 1, full: 'reject' } });
    await refusing.repository.set('a', 1);
    await expect(refusing.repository.set('b', 1)).rejects.toMatchObject({
      code: 'BUSY',
      retryable: true,
      outcome: 'not-applied',
      key: 'b',
    });
    await pass(3_600_000);
    expect([...store.rows.keys()]).toEqual(['a']);
  });

  test('by bytes, and one that exceeds all of it is refused', async () => {
    const { repository } = openBehind({ bound: { bytes: 40, full: 'reject' } });
    await repository.set('a', 1);
    await repository.set('b', 1);
    await expect(repository.set('c', 1)).rejects.toMatchObject({ code: 'BUSY' });
    await expect(repository.set('long'.repeat(10), 1)).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE' });
  });
});

test('a small write does not pass a large one that waits', async () => {
  const { repository, store, pass } = openBehind({ bound: { bytes: 50 } });
  await repository.set('x', 1);
  await repository.set('y', 1);
  const large = repository.set('a', 1_234_567_890_123_456);
  const small = repository.set('a', 2);
  await pass(1000, 100);
  await Promise.all([large, small]);
  await pass(1000, 100);
  expect(store.rows.get('a')).toBe(2);
});

describe('flush and close', () => {
  test('flush waits for what was accepted before, and not for an interval', async () => {
    const { repository, store } = openBehind({ batch: { interval: '1h' } });
    await repository.set('a', 1);
    await repository.set('a', 2);
    await repository.flush();
    expect([...store.rows]).toEqual([['a', 2]]);
    await repository.flush();
  });

  test('flush says when it did not succeed', async () => {
    const { repository, store, pass } = openBehind();
    store.before = () => {
      throw new Error('down');
    };
    await repository.set('a', 1);
    const flushed = repository.flush({ timeout: '5s' }).catch((error: CacheError) => error);
    await pass(6000, 500);
    expect(await flushed).toMatchObject({ code: 'TIMEOUT', message: /1 writes are left/ });
    expect(repository.stats().pending).toBe(1);
  });

  test('close drains, refuses further writes, and leaves no timer', async () => {
    const { repository, store, clock } = openBehind({ batch: { interval: '1h' } });
    await repository.set('a', 1);
    const unawaited = repository.set('b', 1);
    await repository.close();
    await unawaited;
    expect(store.rows.size).toBe(2);
    await expect(repository.set('c', 1)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(clock.timers).toBe(0);
    await repository.close();
  });

  test('close says what is left after its deadline, and who waits is refused', async () => {
    const { repository, store, clock, pass } = openBehind({ bound: { writes: 2 }, drainTimeout: '3s' });
    store.before = (call) => {
      if (call === 'set b=1') throw new Error('deadlock detected');
      return new Promise(() => undefined);
    };
    await repository.set('b', 1);
    await pass(200);
    await repository.set('a', 1);
    const waits = repository.set('c', 1).catch((error: CacheError) => error);
    await settled();
    const closed = repository.close().catch((error: CacheError) => error);
    expect(await waits).toMatchObject({ code: 'CLOSED' });
    await pass(3000, 500);
    expect(await closed).toMatchObject({ code: 'TIMEOUT', message: /2 writes are left.*lost/ });
    expect(repository.stats().pending).toBe(2);
    expect(clock.timers).toBe(0);
  });

  test('close with a source that fails leaves no timer either', async () => {
    const { repository, store, clock, pass } = openBehind({ drainTimeout: '3s' });
    store.before = () => {
      throw new Error('down');
    };
    await repository.set('a', 1);
    await pass(200);
    const closed = repository.close().catch((error: CacheError) => error);
    await pass(3000, 100);
    expect(await closed).toMatchObject({ code: 'TIMEOUT' });
    expect(clock.timers).toBe(0);
  });
});
