import * as fc from 'fast-check';
import type { CacheBench } from '../../kit/cache-bench.ts';
import { everyRace, follow, someOrders } from '../../models/orders.ts';
import { type Race, type RaceCall, racing, sayRace } from '../../models/races.ts';
import type { SchedulerOptions } from '../../models/scheduler.ts';
import { Found } from '../../models/search.ts';
import { type CacheRule, group } from '../../rule.ts';

/** How many orders of three calls are tried where not every one is. */
const SAMPLES = 60;

/** From that effort on every race is run, and of three calls every order: minutes. */
const EVERY = 10;

const CHANGES: readonly RaceCall[] = ['delete', 'set', 'getAndSet', 'expire', 'clear', 'invalidating'];
const LOADS: readonly RaceCall[] = ['load', 'tagged', 'late'];
const TAG_CHANGES: readonly RaceCall[] = ['deleteByTag', 'expireByTag', 'clear'];

/** Loads and changes of their source at the same time, in whatever order the server takes them. */
export const races: readonly CacheRule[] = group('cache/races', {
  pairs: [
    'In every order of the effects of a load and of a change of the source that the cache is told (by delete, set, getAndSet, expire, deleteByTag, expireByTag, clear or invalidating), in two processes where they can share the store: once that has resolved, nobody gets a value that was loaded before it was called.',
    (bench) => every(bench, pairs(bench)),
  ],
  loads: [
    'In every order of the effects of two loads, in two processes where they can share the store, one loader runs.',
    (bench) => {
      if (isBrief(bench)) return every(bench, over(bench, ['nothing'], [['load'], ['load']]));
      return every(
        bench,
        LOADS.flatMap((load) => over(bench, ['nothing', 'stale'], [[load], [load]])),
      );
    },
  ],
  reads: [
    'In every order of the effects of a load, of a change of the source that the cache is told, and of a read and a load after that: neither of these gets a value that was loaded before it was called.',
    (bench) => {
      const changes: readonly RaceCall[] = isBrief(bench) ? ['clear'] : ['delete', 'clear'];
      return every(
        bench,
        changes.flatMap((change) => over(bench, ['nothing'], [['load'], [change, 'get', 'load']])),
      );
    },
  ],
  late: [
    'The same while every reply comes at its own time, however late.',
    (bench) => {
      const changes: readonly RaceCall[] = isBrief(bench) ? ['delete', 'clear'] : CHANGES;
      const late = changes.flatMap((change) => over(bench, ['nothing'], [['load'], [change]]));
      return every(bench, late, { replies: true });
    },
  ],
  lost: [
    'The same while a request or a reply is lost, or a request is given up and reaches the server later.',
    'bytes',
    (bench) => {
      const changes: readonly RaceCall[] = isFar(bench)
        ? ['delete']
        : isBrief(bench)
          ? ['delete', 'clear']
          : CHANGES;
      const lost = changes.flatMap((change) => over(bench, ['nothing'], [['load'], [change]]));
      return every(bench, lost, { faults: { kinds: ['request-lost', 'reply-lost', 'late'], atMost: 1 } });
    },
  ],
  changes: [
    'The same for a load and two changes in three processes, each told by clear.',
    'bytes',
    (bench) =>
      every(bench, over(bench, ['nothing'], [['load'], ['clear'], ['clear']]), { replies: !isFar(bench) }),
  ],
  triples: [
    'The same for three calls at a time, of which one at least loads and one changes the source: in orders sampled by seed, or in every order where more effort is asked for.',
    async (bench) => {
      const races = triples(bench);
      if (effort(bench) >= EVERY) return await every(bench, races);
      const nextRoot = rootsOf(bench);
      await someOrders<Race, never>({
        programs: fc.constantFrom(...races),
        runs: SAMPLES,
        settings: bench.harness.models,
        scenario: (race) => racing(bench, race, nextRoot) as never,
      });
    },
  ],
});

/** A load and a change: without tags, and with the tag that the change names. */
function pairs(bench: CacheBench): Race[] {
  const brief = isBrief(bench);
  // In one process more orders are told apart, and over a network each takes longer.
  const few = brief && (isFar(bench) || bench.adapter.payload === 'reference');
  const stale: readonly RaceCall[] = few ? ['delete'] : brief ? ['delete', 'set', 'clear'] : CHANGES;
  const late: readonly RaceCall[] = few ? ['deleteByTag', 'clear'] : TAG_CHANGES;
  return [
    ...CHANGES.flatMap((change) => over(bench, ['nothing'], [['load'], [change]])),
    ...stale.flatMap((change) => over(bench, ['stale'], [['load'], [change]])),
    ...late.flatMap((change) => over(bench, ['nothing'], [['late'], [change]])),
    ...(brief ? [] : TAG_CHANGES.flatMap((change) => over(bench, ['nothing'], [['tagged'], [change]]))),
    ...over(bench, ['fresh'], [['refresh'], ['delete']]),
  ];
}

/** Whether each call takes its way over a network, so that a second is few orders. */
function isFar(bench: CacheBench): boolean {
  return isBrief(bench) && bench.opened.clock === undefined;
}

/** Whether a part of the races must do. */
function isBrief(bench: CacheBench): boolean {
  return effort(bench) < EVERY;
}

function triples(bench: CacheBench): Race[] {
  const second: readonly RaceCall[] = ['load', 'get', 'delete', 'set', 'clear'];
  return CHANGES.flatMap((change) => {
    return second.flatMap((call) => over(bench, ['nothing', 'stale'], [['load'], [call], [change]]));
  });
}

function over(bench: CacheBench, states: readonly Race['over'][], calls: Race['calls']): Race[] {
  const place = bench.adapter.payload === 'reference' ? 'one' : 'each';
  return states.map((state) => ({ over: state, in: place, calls }));
}

/** Runs races in every order. `CACHE_ORDER` runs one order of one race, as a failure printed it. */
async function every(bench: CacheBench, races: readonly Race[], options?: SchedulerOptions): Promise<void> {
  const nextRoot = rootsOf(bench);
  const [wanted, choices = ''] = process.env.CACHE_ORDER?.split(': ') ?? [];
  let orders = 0;
  for (const race of races) {
    const name = sayRace(race);
    const scenario = racing(bench, race, nextRoot, options);
    try {
      if (wanted === undefined) orders += (await everyRace(scenario)).orders;
      else if (wanted === name) await follow(scenario, choices.split(',').map(Number));
    } catch (error) {
      if (!(error instanceof Found)) throw error;
      const where = `${error.message}\n(${name}; after ${orders} orders of other races that were sound)`;
      throw new Error(`${where}\nCACHE_ORDER='${name}: ${error.choices.join()}' runs it alone`);
    }
  }
}

function rootsOf(bench: CacheBench): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${bench.prefix}${count}`;
  };
}

function effort({ harness }: CacheBench): number {
  return harness.models?.effort ?? Number(process.env.CACHE_RUNS ?? 1);
}
