import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '@cache/conformance';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { show, toText } from '../src/show.ts';
import { STRATEGIES, type Strategy } from '../src/strategies.ts';

let sql: PGlite;
beforeAll(async () => {
  sql = await PGlite.create();
});
afterAll(() => sql.close());

/** What each step asks of the database: reads, statements that write. */
const EXPECTED: Record<Exclude<Strategy, 'writeBehind'>, readonly (readonly [number, number])[]> = {
  cacheAside: [
    [1, 0],
    [0, 0],
    [1, 0],
    [0, 50],
    [1, 0],
    [0, 20],
    [0, 0],
  ],
  refreshAhead: [
    [1, 0],
    [1, 0],
    [0, 0],
    [0, 50],
    [1, 0],
    [0, 20],
    [0, 0],
  ],
  writeThrough: [
    [1, 0],
    [0, 0],
    [1, 0],
    [0, 50],
    [0, 0],
    [0, 20],
    [0, 0],
  ],
  writeAround: [
    [1, 0],
    [0, 0],
    [1, 0],
    [0, 50],
    [1, 0],
    [0, 20],
    [0, 0],
  ],
};

test.each(STRATEGIES)('%s: what it does to the database, and that it gets there', async (strategy) => {
  const clock = new FakeClock();
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turn();
    // It has one connection: what goes on in the background has been answered before this is.
    await sql.query('SELECT 1');
    await turn();
  };
  const shown = await show(strategy, sql, { clock, pass });
  expect(shown).toMatchObject({ price: 150, products: 21 });
  expect(shown.steps.map(({ answer }) => answer)).toEqual([
    '100 answers, price 100',
    'price 100',
    'price 100',
    'each acknowledged',
    'price 150',
    'each acknowledged',
    'nothing is pending',
  ]);
  expect(toText(shown)).toContain('its price changes 50 times');
  const asked = shown.steps.map(({ asked: { selects, writes } }) => [selects, writes]);
  if (strategy === 'writeBehind') {
    const [reads, writes] = [0, 1].map((part) => asked.reduce((sum, each) => sum + (each[part] ?? 0), 0));
    expect(reads).toBe(2);
    expect(writes).toBeLessThan(70 / 3);
  } else expect(asked).toEqual(EXPECTED[strategy]);
});
