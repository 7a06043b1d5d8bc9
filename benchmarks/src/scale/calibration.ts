import { startRedis } from '@cache/servers';
import { Redis } from 'ioredis';
import { quartilesOf } from '../quartiles.ts';
import { type BusCosts, busCosts, type CacheCosts, cacheCosts, idleShareOf } from './calibrate.ts';
import type { Costs } from './costs.ts';
import { measureFleet } from './real.ts';
import type { Workload } from './setup.ts';
import { type Rates, simulate } from './simulate.ts';

export const BUSES = ['tracking', 'pubsub'] as const;

/** A fleet that was really run. */
export interface RealRun {
  readonly bus: (typeof BUSES)[number];
  readonly size: number;
  /** How many times as much each process does as the workload says. */
  readonly times: number;
  readonly rates: Rates;
}

/** What the plots are made from. */
export interface Calibration {
  readonly server: string;
  readonly workload: Workload;
  readonly costs: Readonly<Record<(typeof BUSES)[number], CacheCosts & BusCosts>>;
  readonly runs: readonly RealRun[];
}

/** The last one shows what a busier server does. */
const FLEETS = [
  { size: 1, times: 1 },
  { size: 2, times: 1 },
  { size: 4, times: 1 },
  { size: 8, times: 1 },
  { size: 8, times: 10 },
] as const;
const ROUNDS = 2;
const RUN_MS = 6000;

/** Measures costs with one process, and fleets of up to eight on this machine. */
export async function calibrate(workload: Workload): Promise<Calibration> {
  const server = await startRedis({ product: 'redis', controllable: true });
  const admin = new Redis(server.url);
  try {
    const idleShare = await idleShareOf(admin);
    const common = await cacheCosts(server.url, admin, idleShare);
    const own = {
      tracking: await busCosts('tracking', server.url, admin, idleShare),
      pubsub: await busCosts('pubsub', server.url, admin, idleShare),
    };
    const runs: RealRun[] = [];
    // In turn, so that what disturbs the machine disturbs all.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { size, times } of FLEETS) {
        for (const bus of BUSES) {
          const own = busier(workload, times);
          const rates = await measureFleet(size, bus, own, server.url, admin, idleShare, RUN_MS);
          console.log(`${bus}, ${size} processes, ${times} times: ${JSON.stringify(rates)}`);
          runs.push({ bus, size, times, rates });
        }
      }
    }
    const medians = FLEETS.flatMap((fleet) => BUSES.map((bus) => medianOf(runs, { bus, ...fleet })));
    const costs = { tracking: { ...common, ...own.tracking }, pubsub: { ...common, ...own.pubsub } };
    return { server: `${server.product} ${server.version}`, workload, costs, runs: medians };
  } finally {
    admin.disconnect();
    await server.close();
  }
}

/** With what a run of one process shows beyond the sum of what it asks. */
export function costsOf({ runs, costs, workload }: Calibration, bus: RealRun['bus']): Costs {
  const alone = runs.find((run) => run.bus === bus && run.size === 1)?.rates;
  if (alone === undefined) throw new Error(`the calibration has no run of one process over ${bus}`);
  const known = { ...costs[bus], hearMs: alone.staleness.median };
  const loadOf = (wakeMs: number): number =>
    simulate(1, workload, { bus }, { ...known, wakeMs }, 1, 60_000).load;
  const [warm, cold] = [loadOf(0), loadOf(0.1)];
  return { ...known, wakeMs: Math.max(0, (0.1 * (alone.load - warm)) / (cold - warm)) };
}

/** The same, so many times as often. */
export function busier(workload: Workload, times: number): Workload {
  const { readsPerSecond, changesPerSecond } = workload;
  return { ...workload, readsPerSecond: times * readsPerSecond, changesPerSecond: times * changesPerSecond };
}

function medianOf(runs: readonly RealRun[], { bus, size, times }: Omit<RealRun, 'rates'>): RealRun {
  const same = runs.filter((run) => run.bus === bus && run.size === size && run.times === times);
  const own = same.map(({ rates }) => rates);
  const median = (of: (rates: Rates) => number): number => quartilesOf(own.map(of)).median;
  return {
    ...{ bus, size, times },
    rates: {
      commands: median(({ commands }) => commands),
      messages: median(({ messages }) => messages),
      bytes: median(({ bytes }) => bytes),
      load: median(({ load }) => load),
      staleness: {
        median: median(({ staleness }) => staleness.median),
        p99: median(({ staleness }) => staleness.p99),
      },
    },
  };
}
