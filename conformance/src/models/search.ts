import { fail } from 'node:assert/strict';
import { type Arbitrary, asyncProperty, check } from 'fast-check';

/** How the models look for defects. */
export interface ModelSettings {
  /** What a search finds is the same for the same seed. Default: `CACHE_SEED`, else another one each time. */
  readonly seed?: number;
  /** Goes straight to the example that a failure printed. Default: `CACHE_PATH`. */
  readonly path?: string;
  /** How many examples a search tries, at most, as a share of what is usual. Default: `CACHE_RUNS`, else 1. */
  readonly effort?: number;
}

/** What a search found, with the shortest history that shows it. */
export class Found extends Error {
  override readonly name: string = 'Found';
  readonly history: readonly string[];
  /** What was chosen, where it was an order. */
  readonly choices: readonly number[];

  /** @param again how to see it again */
  constructor(why: string, history: readonly string[], again: string, choices: readonly number[] = []) {
    const lines = history.map((line, i) => `  ${i + 1}. ${line}`).join('\n');
    super(`${why}\n${lines}\n${again}`);
    this.history = history;
    this.choices = choices;
  }
}

/** What an example shows, so that the search can tell it from its own failures and print it. */
export class Surprise extends Error {
  override readonly name: string = 'Surprise';
  readonly history: readonly string[];

  constructor(why: string, history: readonly string[]) {
    super(why);
    this.history = history;
  }
}

/** What to try, and how. */
export interface Hunt<T> {
  readonly examples: Arbitrary<T>;
  /** How many examples at most. */
  readonly runs: number;
  readonly settings: ModelSettings | undefined;
  /** Rejects with a `Surprise` where it finds something. It may be called many times, so each gets a fresh world. */
  run(example: T): Promise<void>;
  /** What is a little shorter than an example, the shortest first. fast-check alone leaves what could be left out. */
  shorter?(example: T): Iterable<T>;
}

/** How often at most a found example is made shorter by one part: more than any has. */
const CUTS = 2000;

/** Runs examples until one surprises, and rejects with the shortest one that does. */
export async function search<T>(hunt: Hunt<T>): Promise<void> {
  const { seed = numberFrom('CACHE_SEED'), path = process.env.CACHE_PATH, effort } = hunt.settings ?? {};
  const share = effort ?? numberFrom('CACHE_RUNS') ?? 1;
  // Of the examples that fail, the last one that is tried is the shortest.
  let failure: { readonly example: T; readonly error: unknown } | undefined;
  const property = asyncProperty(hunt.examples, async (example) => {
    const error = await failureOf(hunt, example);
    if (error === undefined) return;
    failure = { example, error };
    throw error;
  });
  const details = await check(property, {
    numRuns: Math.max(1, Math.round(hunt.runs * share)),
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && path !== '' && { path }),
  });
  if (!details.failed) return;
  if (failure === undefined) fail(`the search ended without an example, with the seed ${details.seed}`);
  const error = await shortened(hunt, failure);
  if (!(error instanceof Surprise)) throw error;
  const found = `CACHE_SEED=${details.seed}`;
  const again = `${found} finds it again, ${found} CACHE_PATH=${details.counterexamplePath} runs it alone`;
  throw new Found(error.message, error.history, again);
}

/** What a found example fails with once nothing can be left out of it. */
async function shortened<T>(hunt: Hunt<T>, found: { example: T; error: unknown }): Promise<unknown> {
  let { example, error } = found;
  let cuts = 0;
  for (let again = true; again; ) {
    again = false;
    for (const shorter of hunt.shorter?.(example) ?? []) {
      cuts += 1;
      if (cuts > CUTS) return error;
      const other = await failureOf(hunt, shorter);
      if (other === undefined) continue;
      [example, error, again] = [shorter, other, true];
      break;
    }
  }
  return error;
}

async function failureOf<T>(hunt: Hunt<T>, example: T): Promise<Error | undefined> {
  try {
    await hunt.run(example);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The list without each of its items, one at a time. */
export function* withoutOne<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < list.length; i += 1) yield list.toSpliced(i, 1);
}

function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  const number = Number(text);
  if (text === undefined || text === '') return undefined;
  if (!Number.isFinite(number)) throw new RangeError(`${name} is no number: ${text}`);
  return number;
}
