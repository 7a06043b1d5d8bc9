import { isDeepStrictEqual } from 'node:util';
import { CacheError } from '@cache/core';
import type { Arguments } from './arguments.ts';
import { CachedSource } from './cached-source.ts';
import { Database } from './database.ts';
import { openCache } from './open-cache.ts';
import { CREDIT, type Place, readPlaces } from './places.ts';
import { type Question, Source } from './questions.ts';
import { rename } from './rename.ts';
import { comparison, count, verdict } from './report.ts';
import { requestsOf } from './requests.ts';
import { CLIENTS, run } from './run.ts';
import type { Screen } from './screen.ts';
import { UsageError } from './usage-error.ts';

const WARM_UP = 300;
/** Of a server that is away each request would wait for its deadline: better to say so than to go on for an hour. */
const MOST_FAILURES = 20;
const STATEMENT_WIDTH = 36;

/**
 * The whole demonstration; whether everything was as it should be.
 * @throws UsageError
 */
export async function demo(options: Arguments, screen: Screen): Promise<boolean> {
  const cache = await openCache(options.adapter, options.url);
  try {
    screen.line(screen.bold('A cache at work on real data'));
    screen.line(screen.dim(CREDIT));
    screen.line();
    const places = readPlaces(options.places);
    const database = await load(places, screen);
    const source = new Source(database);
    const cached = new CachedSource(cache, source);
    const same = await compare(places, source, cached, options, screen);
    const renamed = await invalidate(places, database, cached, source, screen);
    await database.close();
    return same && renamed;
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    screen.line();
    throw new UsageError(`the cache failed (${error.message}); start again when its server is well`);
  } finally {
    await cache.close();
  }
}

async function load(places: readonly Place[], screen: Screen): Promise<Database> {
  const starting = screen.progress('Starting PostgreSQL inside this process (PGlite)');
  const database = await Database.start();
  starting.done();
  const loading = screen.progress(`Loading and indexing ${count(places.length)} places`);
  await database.load(places, loading.update);
  loading.done();
  return database;
}

/** The same requests without and with the cache; whether the answers were the same too. */
async function compare(
  places: readonly Place[],
  source: Source,
  cached: CachedSource,
  { requests, seed, adapter }: Arguments,
  screen: Screen,
): Promise<boolean> {
  const questions = requestsOf(places, requests, seed);
  const ask = (question: Question) => source.ask(question);
  // The first run must not pay for a database that never answered before; nor find what was left on a server.
  await run(requestsOf(places, WARM_UP, seed + 1), ask, source.queries, () => {});
  await cached.clear();

  const plain = screen.progress(`${count(requests)} requests without the cache`);
  const without = await run(questions, ask, source.queries, plain.update);
  plain.done();
  const askCache = (question: Question) => {
    if (cached.failures > MOST_FAILURES) throw cached.lastFailure;
    return cached.ask(question);
  };
  const quick = screen.progress(`The same ${count(requests)} with the cache (${adapter})`);
  const withCache = await run(questions, askCache, source.queries, quick.update);
  quick.done();

  screen.line();
  for (const line of comparison(without, withCache)) screen.line(line);
  screen.line();
  screen.line(screen.green(verdict(without, withCache)));
  const same = isDeepStrictEqual(without.answers, withCache.answers);
  if (same) screen.line(`All ${count(requests)} answers were the same as without it.`);
  else screen.line('WRONG: some answers with the cache are not those without it.');
  screen.line(
    screen.dim(`${CLIENTS} clients at once, one database connection: times include waiting for it.`),
  );
  if (cached.failures > 0)
    screen.line(`The cache failed ${cached.failures} times; the database answered instead.`);
  return same;
}

/** A change in the database and how it becomes visible; whether it did. */
async function invalidate(
  places: readonly Place[],
  database: Database,
  cached: CachedSource,
  source: Source,
  screen: Screen,
): Promise<boolean> {
  const { from, to, steps, restKept } = await rename(places, database, cached, source);
  const current = steps.every((step) => step.current);
  const stale = steps.every((step) => step.staleBefore);
  screen.line();
  screen.line(screen.bold(`A change in the database: ${from} is called ${to} since 2021`));
  const update = `UPDATE place SET name = '${to}'`;
  const told = stale
    ? 'the cache does not know yet, it answers as before'
    : 'part of the cache had expired before';
  screen.line(`  ${update.padEnd(STATEMENT_WIDTH)} ${told}`);
  for (const { call, question, current } of steps) {
    const finds = current ? screen.green(`finds ${to}`) : `WRONG: does not find ${to}`;
    screen.line(`  ${call.padEnd(STATEMENT_WIDTH)} ${question} ${finds}`);
  }
  screen.line(`  Not concerned: country NL ${restKept ? 'is still cached' : 'was no longer cached'}.`);
  return current;
}
