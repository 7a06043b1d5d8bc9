import type { DataStore, ManyCall, StoreCall } from '@cache/core';

/** What is used of a driver: `Pool` and `Client` of pg have it, and PGlite. */
export interface Sql {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

export interface PostgresStoreOptions {
  readonly sql: Sql;
  /** As SQL names it. */
  readonly table: string;
}

/** The store, with every method that a strategy can use. */
export type PostgresStore<V> = Required<DataStore<string, V>>;

/**
 * A table of values by key. What was deleted stays as a row without value, since it keeps its place among all writes:
 * rows without value that are older than any write that may still come can be purged.
 */
export function postgresSchema(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table} (
    key text PRIMARY KEY,
    value jsonb,
    fence bigint NOT NULL DEFAULT 0,
    sequence bigint NOT NULL DEFAULT 0
  )`;
}

/** A table of PostgreSQL as source of truth. One statement a call: what is older is ignored in the same step. */
export function postgresStore<V>({ sql, table }: PostgresStoreOptions): PostgresStore<V> {
  // $1 keys, $2 values as JSON (null = deleted), $3 sequences, $4 fence; without a pair the row keeps its own.
  const write = `
    INSERT INTO ${table} AS row (key, value, fence, sequence)
    SELECT key, value::jsonb, coalesce($4::bigint, 0), coalesce(sequence::bigint, 0)
    FROM unnest($1::text[], $2::text[], $3::text[]) AS given (key, value, sequence)
    ON CONFLICT (key) DO UPDATE SET
      value = excluded.value,
      fence = coalesce($4::bigint, row.fence),
      sequence = CASE WHEN $4::bigint IS NULL THEN row.sequence ELSE excluded.sequence END
    WHERE $4::bigint IS NULL OR (row.fence, row.sequence) <= (excluded.fence, excluded.sequence)`;

  async function run<Row>(text: string, values: unknown[], call: StoreCall = {}): Promise<Row[]> {
    // What was not sent need not be; what was sent is PostgreSQL's.
    call.signal?.throwIfAborted();
    return (await sql.query(text, values)).rows as Row[];
  }

  /** Sorted, so that two batches at the same time never wait for each other's rows. */
  async function put(values: ReadonlyMap<string, string | null>, call: ManyCall<string> = {}): Promise<void> {
    const keys = [...values.keys()].sort();
    if (keys.length === 0) return;
    const sequences = keys.map((key) => textOf(call.sequences?.get(key) ?? call.sequence));
    const texts = keys.map((key) => values.get(key) ?? null);
    await run(write, [keys, texts, sequences, textOf(call.fence)], call);
  }

  return {
    fenced: true,
    async get(key, call) {
      const text = `SELECT value FROM ${table} WHERE key = $1 AND value IS NOT NULL`;
      const [row] = await run<{ value: V }>(text, [key], call);
      return row?.value;
    },
    async has(key, call) {
      const text = `SELECT 1 FROM ${table} WHERE key = $1 AND value IS NOT NULL`;
      return (await run(text, [key], call)).length > 0;
    },
    set: (key, value, call) => put(new Map([[key, JSON.stringify(value)]]), call),
    async delete(key, call) {
      const was = `WITH was AS (SELECT 1 FROM ${table} WHERE key = ANY ($1::text[]) AND value IS NOT NULL)`;
      const text = `${was} ${write} RETURNING EXISTS (SELECT FROM was) AS there`;
      const values = [[key], [null], [textOf(call?.sequence)], textOf(call?.fence)];
      const [row] = await run<{ there: boolean }>(text, values, call);
      return row?.there ?? false;
    },
    async getMany(keys, call) {
      const text = `SELECT key, value FROM ${table} WHERE key = ANY ($1::text[]) AND value IS NOT NULL`;
      const rows = await run<{ key: string; value: V }>(text, [[...keys]], call);
      return new Map(rows.map(({ key, value }) => [key, value]));
    },
    setMany: (entries, call) => {
      return put(new Map(Array.from(entries, ([key, value]) => [key, JSON.stringify(value)])), call);
    },
    deleteMany: (keys, call) => put(new Map(keys.map((key) => [key, null])), call),
  };
}

/** Numbers go as text: a driver may take one for an int of 32 bits. */
function textOf(number: number | undefined): string | null {
  return number === undefined ? null : String(number);
}
