import { dataStoreConformance } from '@cache/conformance';
import { type Server, startPostgres } from '@cache/servers';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { postgresStore } from '../src/index.ts';
import { makeTable, refused } from './table.ts';

describe('on a real server', () => {
  let server: Server | undefined;
  const pools: Pool[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    for (let i = 0; i < 2; i += 1) {
      const pool = new Pool({ connectionString: server.url, idleTimeoutMillis: 0 });
      pool.on('error', () => undefined);
      pools.push(pool);
    }
    await fill(pools);
    // Packages may have to be downloaded.
  }, 180_000);
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await server?.close();
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

/** Fills the pools: connections that they opened in a rule would look like something left behind. */
async function fill(all: readonly Pool[]): Promise<void> {
  await Promise.all(
    all.flatMap((pool) => Array.from({ length: 10 }, () => pool.query('SELECT pg_sleep(0.05)'))),
  );
}
