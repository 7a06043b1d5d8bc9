import { PGlite } from '@electric-sql/pglite';
import { show, toText } from './show.ts';
import { STRATEGIES, type Strategy } from './strategies.ts';

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(STRATEGIES as readonly string[]).includes(name));
if (unknown === undefined) {
  const sql = await PGlite.create();
  for (const strategy of asked.length === 0 ? STRATEGIES : (asked as Strategy[])) {
    console.log(toText(await show(strategy, sql)));
  }
  await sql.close();
} else {
  console.error(`strategies: there is no ${unknown}; name some of ${STRATEGIES.join(', ')}, or none for all`);
  process.exitCode = 2;
}
