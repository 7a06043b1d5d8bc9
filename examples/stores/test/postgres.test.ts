import { dataStoreConformance } from '@cache/conformance';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { postgresStore } from '../src/index.ts';
import { noPostgres, type PostgresServer, startPostgres } from './postgres-server.ts';
import { makeTable, refused } from './table.ts';

const absent = noPostgres();
if (absent !== undefined) process.stderr.write(`stores: PostgreSQL is left out: ${absent}\n`);

describe.skipIf(absent !== undefined)('on a real server', () => {
  let server: PostgresServer;
  const pools: Pool[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    for (let i = 0; i < 2; i += 1) {
      const pool = new Pool({ connectionString: server.url, idleTimeoutMillis: 0 });
      pool.on('error', () => undefined);
      pools.push(pool);
    }
    await answers(pools);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await server.close();
  });

  dataStoreConformance(
    { describe, test },
    {
      name: 'PostgreSQL, by pg',
      async open() {
        const [sql, other] = pools as [Pool, Pool];
        const table = await makeTable(sql);
        return {
          store: postgresStore({ sql, table }),
          other: postgresStore({ sql: other, table }),
          [Symbol.asyncDispose]: async () => void (await sql.query(`DROP TABLE ${table}`)),
        };
      },
      refused,
    },
  );
});

/** Fills the pools once it takes connections: what they open in a rule would look like something left behind. */
async function answers(all: readonly Pool[]): Promise<void> {
  for (;;) {
    const filled = all.flatMap((pool) =>
      Array.from({ length: 10 }, () => pool.query('SELECT pg_sleep(0.05)')),
    );
    const outcomes = await Promise.allSettled(filled);
    if (outcomes.every(({ status }) => status === 'fulfilled')) return;
  }
}
