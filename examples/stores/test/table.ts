import { postgresSchema, type Sql } from '../src/index.ts';

let tables = 0;

/** A fresh table, with a constraint. */
export async function makeTable(sql: Sql): Promise<string> {
  tables += 1;
  const name = `things_${process.pid}_${tables}`;
  await sql.query(postgresSchema(name));
  await sql.query(`ALTER TABLE ${name} ADD CHECK (NOT value @> '{"refused": true}')`);
  return name;
}

/** A value that it refuses. */
export function refused(): unknown {
  return { refused: true };
}
