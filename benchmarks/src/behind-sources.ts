import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataStore } from '@cache/core';
import { postgresSchema, postgresStore } from '@cache/example-stores';
import { PGlite } from '@electric-sql/pglite';

/** A source of truth twice: what direct writers use, and what write-behind drains to, apart from them. */
export interface Source {
  readonly name: string;
  readonly direct: DataStore<string, unknown>;
  readonly behind: DataStore<string, unknown>;
  close(): Promise<void>;
}

/** PostgreSQL in this process, on the disk. */
export async function sqlTable(): Promise<Source> {
  const path = await mkdtemp(join(tmpdir(), 'bench-postgres-'));
  const sql = await PGlite.create(path);
  const [direct, behind] = ['direct', 'behind'];
  for (const table of [direct, behind]) await sql.query(postgresSchema(table ?? ''));
  return {
    name: 'PostgreSQL, embedded',
    direct: postgresStore({ sql, table: direct ?? '' }),
    behind: postgresStore({ sql, table: behind ?? '' }),
    async close() {
      await sql.close();
      await rm(path, { recursive: true });
    },
  };
}

const CONNECTIONS = 10;
const CALL_MS = 2;

/** A database at the other end of a network: ten connections, and 2 ms a statement of however many rows. */
export async function slowTable(): Promise<Source> {
  return {
    name: `a table, ${CALL_MS} ms a statement`,
    direct: slowStore(),
    behind: slowStore(),
    close: async () => undefined,
  };
}

function slowStore(): DataStore<string, unknown> {
  const rows = new Map<string, unknown>();
  const waiting: (() => void)[] = [];
  let free = CONNECTIONS;
  const statement = async (run: () => void): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    await new Promise((resolve) => setTimeout(resolve, CALL_MS));
    run();
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    get: (key) => rows.get(key),
    set: (key, value) => statement(() => rows.set(key, value)),
    delete: (key) => statement(() => rows.delete(key)),
    setMany: (entries) =>
      statement(() => {
        for (const [key, value] of entries) rows.set(key, value);
      }),
  };
}
