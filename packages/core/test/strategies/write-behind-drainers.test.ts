import { describe, expect, test } from 'vitest';
import { CacheError, memoryJournal, type StoreCall, type WriteBehindGuarantees } from '../../src/index.ts';
import { openBehind, settled } from './behind.ts';
import { gate, Table } from './open.ts';

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
