import type { CachedSource } from './cached-source.ts';
import type { Database } from './database.ts';
import { fold, type Place } from './places.ts';
import type { Answer, Question, Source } from './questions.ts';

/** A real change of name: the South African city that the data still has under its name until 2021. */
const OLD = 'Port Elizabeth';
const NEW = 'Gqeberha';
const COUNTRY = 'ZA';

/** An invalidation, and what a question it concerns was answered before and after it. */
interface Step {
  readonly call: string;
  readonly question: string;
  /** The row was updated and the cache did not know yet. */
  readonly staleBefore: boolean;
  readonly current: boolean;
}

/** How a rename in the database reaches those who read through the cache. */
export interface Rename {
  readonly from: string;
  readonly to: string;
  readonly steps: readonly Step[];
  /** Whether the cache still answered a question that the rename does not concern. */
  readonly restKept: boolean;
}

/** Renames a place by SQL, invalidates what may show it, and asks before, between and after. */
export async function rename(
  places: readonly Place[],
  database: Database,
  cached: CachedSource,
  source: Source,
): Promise<Rename> {
  const place = places.find(({ name, country }) => name === OLD && country === COUNTRY);
  if (place === undefined) throw new Error(`the data has no ${OLD} in ${COUNTRY}`);
  const { id, latitude, longitude } = place;
  const other: Question = { kind: 'country', code: 'NL' };
  // Of the countries one key is concerned. But any prefix and any spot may show the name, so all of these go.
  const plan: readonly (readonly [
    call: string,
    invalidate: () => Promise<unknown>,
    name: string,
    Question,
  ])[] = [
    [
      `country.delete('${COUNTRY}')`,
      () => cached.country.delete(COUNTRY),
      `country ${COUNTRY}`,
      { kind: 'country', code: COUNTRY },
    ],
    ['search.clear()', () => cached.search.clear(), 'search "gqe"', { kind: 'search', prefix: 'gqe' }],
    ['nearest.clear()', () => cached.nearest.clear(), 'nearest', { kind: 'nearest', latitude, longitude }],
  ];
  const isCurrent = async (question: Question): Promise<boolean> => {
    return names(await cached.ask(question)).includes(NEW);
  };

  for (const [, , , question] of plan) await cached.ask(question);
  await cached.ask(other);
  await database.query('UPDATE place SET name = $1, folded = $2 WHERE id = $3', [NEW, fold(NEW), id]);
  const steps: Step[] = [];
  for (const [call, invalidate, name, question] of plan) {
    const staleBefore = !(await isCurrent(question));
    await invalidate();
    steps.push({ call, question: name, staleBefore, current: await isCurrent(question) });
  }
  const queries = source.queries.country;
  await cached.ask(other);
  return { from: OLD, to: NEW, steps, restKept: source.queries.country === queries };
}

function names(answer: Answer): readonly string[] {
  return 'largest' in answer ? answer.largest : answer.map(({ name }) => name);
}
