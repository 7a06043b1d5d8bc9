import type { Contestant } from './contestant.ts';
import type { Load } from './load.ts';
import { type Quartiles, quartilesOf } from './quartiles.ts';
import { checkAnswer, checkKept, keyOf, userOf } from './value.ts';

export type Operation = 'get' | 'set';

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** How long one contestant runs in a round, ms. */
  readonly sliceMs: number;
}

/** One contestant's rounds, beside those of the first one in the same rounds. */
export interface Measured {
  readonly callsPerSecond: Quartiles;
  /** The throughput of the first one, divided by this one's. */
  readonly ratio: Quartiles;
  /** The time on the processor that this one needs a call, divided by the first one's. */
  readonly cpuRatio: Quartiles;
}

interface Slice {
  readonly callsPerMs: number;
  /** Time on the processor a call, in all threads of this process. */
  readonly cpuMs: number;
}

const WARM_UP_CALLS = 4000;

/** Runs all in turn, round after round, each time in another order: what disturbs the machine disturbs all of them. */
export async function measure(
  contestants: readonly Contestant[],
  operation: Operation,
  load: Load,
  effort: Effort,
): Promise<Measured[]> {
  const calls: number[] = [];
  for (const contestant of contestants) calls.push(await callsFor(contestant, operation, load, effort));
  const slices = contestants.map((): Slice[] => []);
  for (let round = 0; round < effort.rounds; round += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const at = (round + turn) % contestants.length;
      const contestant = contestants[at] as Contestant;
      slices[at]?.push(await runSlice(contestant, operation, load, calls[at] as number, round % 2));
    }
  }
  const ours = slices[0] as Slice[];
  return slices.map((own) => ({
    callsPerSecond: quartilesOf(own.map(({ callsPerMs }) => callsPerMs * 1000)),
    ratio: quartilesOf(own.map(({ callsPerMs }, round) => (ours[round] as Slice).callsPerMs / callsPerMs)),
    cpuRatio: quartilesOf(own.map(({ cpuMs }, round) => cpuMs / (ours[round] as Slice).cpuMs)),
  }));
}

/** Lets everything be compiled and all connections be made before the first clock runs. */
export async function warmUp(contestant: Contestant, loads: readonly Load[]): Promise<void> {
  for (const load of loads) {
    await load.run(WARM_UP_CALLS, setter(contestant, 0));
    await load.run(WARM_UP_CALLS, getter(contestant));
  }
}

/** Finds how many calls take about one slice. */
async function callsFor(
  contestant: Contestant,
  operation: Operation,
  load: Load,
  { sliceMs }: Effort,
): Promise<number> {
  let calls = 256;
  for (;;) {
    const { callsPerMs } = await runSlice(contestant, operation, load, calls, 0);
    const enough = Math.ceil(callsPerMs * sliceMs);
    if (calls >= enough / 2) return enough;
    calls = Math.min(enough, calls * 4);
  }
}

async function runSlice(
  contestant: Contestant,
  operation: Operation,
  load: Load,
  calls: number,
  revision: number,
): Promise<Slice> {
  const call = operation === 'get' ? getter(contestant) : setter(contestant, revision);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await load.run(calls, call);
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  if (operation === 'set') await checkKept(contestant, calls, revision);
  return { callsPerMs: calls / ms, cpuMs: (user + system) / 1000 / calls };
}

function getter(contestant: Contestant): (index: number) => Promise<void> {
  return async (index) => checkAnswer(index, await contestant.get(keyOf(index)));
}

function setter(contestant: Contestant, revision: number): (index: number) => Promise<void> {
  return async (index) => {
    await contestant.set(keyOf(index), userOf(index, revision));
  };
}
