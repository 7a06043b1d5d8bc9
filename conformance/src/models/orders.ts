import { fail } from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Client } from './callers.ts';
import { Explorer } from './explorer.ts';
import type { History } from './history.ts';
import type { Chooser, Move } from './move.ts';
import { Scheduler, type SchedulerOptions } from './scheduler.ts';
import { Found, type ModelSettings, Surprise, search, withoutOne } from './search.ts';

/** Clients in a world of their own, and who judges what came of it. */
export interface Scene<I> {
  readonly clients: readonly Client<I>[];
  /** Throws where the history breaks a promise. */
  judge(history: History<I>): void | Promise<void>;
  end?(): Promise<void>;
}

/** Makes a scene, afresh for each order. */
export interface Scenario<I> {
  readonly options?: SchedulerOptions;
  open(scheduler: Scheduler<I>): Scene<I> | Promise<Scene<I>>;
}

/** Runs one order: what happens next is chosen by these numbers, and by 0 after them. Rejects with a `Surprise`. */
export async function follow<I>(scenario: Scenario<I>, choices: readonly number[]): Promise<History<I>> {
  return (await trace(scenario, choices)).history;
}

/**
 * Runs every order there is, for programs that are small. Answers how many there were; rejects with the shortest history
 * that shows what it found.
 */
export async function everyOrder<I>(scenario: Scenario<I>, most = 100_000): Promise<number> {
  let choices: readonly number[] = [];
  for (let orders = 1; ; orders += 1) {
    if (orders > most) throw new RangeError(`there are more than ${most} orders`);
    let taken: readonly Taken[];
    try {
      taken = (await trace(scenario, choices)).taken;
    } catch (error) {
      if (!(error instanceof Surprise)) throw error;
      throw await shortest(scenario, choices, error);
    }
    const last = taken.findLastIndex(({ chosen, of }) => chosen + 1 < of);
    if (last === -1) return orders;
    choices = taken.slice(0, last + 1).map(({ chosen }, i) => chosen + Number(i === last));
  }
}

/** How many orders there were, and how many of the runs came to one that was known. */
export interface Explored {
  readonly orders: number;
  readonly repeats: number;
}

/**
 * As `everyOrder`, but of orders that differ in nothing that matters (which of two came first that have nothing to do with
 * each other) one alone.
 */
export async function everyRace<I>(scenario: Scenario<I>): Promise<Explored> {
  const explorer = new Explorer();
  let [orders, repeats] = [0, 0];
  do {
    const choices: number[] = [];
    const chooser: Chooser = {
      choose(moves) {
        const chosen = explorer.choose(moves);
        if (chosen !== undefined && moves.length > 1) choices.push(chosen);
        return chosen;
      },
      did: (touched) => explorer.did(touched),
    };
    try {
      await play(scenario, chooser);
    } catch (error) {
      if (!(error instanceof Surprise)) throw error;
      throw await shortest(scenario, choices, error);
    }
    if (explorer.isRepeat) repeats += 1;
    else orders += 1;
  } while (explorer.next());
  return { orders, repeats };
}

/** Runs random orders of random programs. Rejects with the shortest history that shows what it found, and its seed. */
export async function someOrders<P, I>(hunt: {
  readonly programs: fc.Arbitrary<P>;
  readonly runs: number;
  readonly settings: ModelSettings | undefined;
  scenario(program: P): Scenario<I>;
  shorter?(program: P): Iterable<P>;
}): Promise<void> {
  const { programs, runs, settings } = hunt;
  const choices = fc.array(fc.nat(11), { maxLength: 60, size: 'max' });
  await search<Ordered<P>>({
    examples: fc.record({ program: programs, choices }),
    runs,
    settings,
    run: async (example) => {
      await follow(hunt.scenario(example.program), example.choices);
    },
    *shorter({ program, choices: chosen }) {
      for (const less of hunt.shorter?.(program) ?? []) {
        yield { program: less, choices: chosen };
        // With a call less a choice falls away, too.
        for (const others of [...withoutOne(chosen), ...SINGLE]) yield { program: less, choices: others };
      }
      for (const less of duller(chosen)) yield { program, choices: less };
    },
  });
}

/** Orders with one choice that is not the dullest: the first that a person would try. */
const SINGLE: readonly (readonly number[])[] = Array.from({ length: 60 }, (_, i) => {
  return [...new Array<number>(i >> 1).fill(0), 1 + (i & 1)];
});

interface Ordered<P> {
  readonly program: P;
  readonly choices: readonly number[];
}

interface Taken {
  readonly chosen: number;
  readonly of: number;
}

async function trace<I>(
  scenario: Scenario<I>,
  choices: readonly number[],
): Promise<{ history: History<I>; taken: readonly Taken[] }> {
  const taken: Taken[] = [];
  const choose = ({ length }: readonly Move[]): number => {
    if (length === 1) return 0;
    const chosen = (choices[taken.length] ?? 0) % length;
    taken.push({ chosen, of: length });
    return chosen;
  };
  const history = await play(scenario, { choose });
  return { history: history ?? fail('it was not run to its end'), taken };
}

/** Runs one order, as it is chosen, and has it judged if it was run to its end. */
async function play<I>(scenario: Scenario<I>, chooser: Chooser): Promise<History<I> | undefined> {
  const scheduler = new Scheduler<I>(chooser, scenario.options);
  const scene = await scenario.open(scheduler);
  try {
    const history = await scheduler.run(scene.clients);
    if (history !== undefined) await scene.judge(history);
    return history;
  } catch (error) {
    if (error instanceof Surprise) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new Surprise(why, scheduler.history.inWords());
  } finally {
    await scene.end?.();
  }
}

/** The same finding with as few choices as show it. */
async function shortest<I>(
  scenario: Scenario<I>,
  choices: readonly number[],
  surprise: Surprise,
): Promise<Found> {
  let found = { choices, surprise };
  for (let next: typeof found | undefined = found; next !== undefined; ) {
    found = next;
    next = undefined;
    for (const less of duller(found.choices)) {
      const other = await surpriseOf(scenario, less);
      if (other === undefined) continue;
      next = { choices: less, surprise: other };
      break;
    }
  }
  const again = `the choices [${found.choices.join(', ')}] show it again`;
  return new Found(found.surprise.message, found.surprise.history, again, found.choices);
}

async function surpriseOf<I>(
  scenario: Scenario<I>,
  choices: readonly number[],
): Promise<Surprise | undefined> {
  try {
    await trace(scenario, choices);
    return undefined;
  } catch (error) {
    if (error instanceof Surprise) return error;
    throw error;
  }
}

/** The choices with one less, and with one that is duller. */
function* duller(choices: readonly number[]): Generator<readonly number[]> {
  const last = choices.findLastIndex((choice) => choice > 0);
  if (last + 1 < choices.length) {
    yield choices.slice(0, last + 1);
    return;
  }
  yield* withoutOne(choices);
  for (const [i, choice] of choices.entries()) if (choice > 0) yield choices.with(i, 0);
}
