import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, systemClock } from '@cache/core';
import { postgresSchema, postgresStore } from '@cache/example-stores';
import { levelJournal } from '@cache/journal-level';
import type { PGlite } from '@electric-sql/pglite';
import { type Pass, PEN, play, type Step } from './scenario.ts';
import { type Product, repositoryBy, type Strategy } from './strategies.ts';
import { Watched } from './watched.ts';

/** What a strategy did, and what the database has in the end. */
export interface Shown {
  readonly strategy: Strategy;
  readonly steps: readonly Step[];
  readonly price: number | undefined;
  readonly products: number;
}

/** Whose time passes, and how. */
export interface Time {
  readonly clock: Clock;
  readonly pass: Pass;
}

const REAL_TIME: Time = { clock: systemClock, pass: (ms) => pause(ms) };

/** Runs the scenario by one strategy, on a fresh table. */
export async function show(
  strategy: Strategy,
  sql: PGlite,
  { clock, pass }: Time = REAL_TIME,
): Promise<Shown> {
  const table = strategy.toLowerCase();
  await sql.query(postgresSchema(table));
  const store = postgresStore<Product>({ sql, table });
  await store.set('pen', PEN);
  const database = new Watched(store);
  const path = await mkdtemp(join(tmpdir(), 'strategies-'));
  try {
    const repository = repositoryBy(strategy, database.store, levelJournal({ path }), clock);
    const steps = await play(repository, database, pass);
    const { rows } = await sql.query<{ count: number }>(`SELECT count(value)::int AS count FROM ${table}`);
    return { strategy, steps, price: (await store.get('pen'))?.price, products: rows[0]?.count ?? 0 };
  } finally {
    await rm(path, { recursive: true });
  }
}

/** A table for people. */
export function toText({ strategy, steps, price, products }: Shown): string {
  const rows = steps.map(({ title, asked: { selects, writes, rows: written }, answer }) => {
    const parts = [
      ...(selects === 0 ? [] : [`${selects} read${selects === 1 ? '' : 's'}`]),
      ...(writes === 0 ? [] : [`${written} rows by ${writes} statement${writes === 1 ? '' : 's'}`]),
    ];
    return `  ${title.padEnd(42)}${(parts.join(', ') || '—').padEnd(34)}${answer}`;
  });
  const head = `  ${'what happens'.padEnd(42)}${'the database is asked for'.padEnd(34)}the caller gets`;
  return [strategy, head, ...rows, `  in the end it has ${products} products, the pen for ${price}`, ''].join(
    '\n',
  );
}
