import { startRedis } from '@cache/servers';
import { Redis } from 'ioredis';
import { quartilesOf } from '../quartiles.ts';
import { busCosts, cacheCosts, idleShareOf } from './calibrate.ts';
import type { Costs } from './costs.ts';
import { measureFleet } from './real.ts';
import type { Workload } from './setup.ts';
import { type Rates, simulate } from './simulate.ts';

export const BUSES = ['tracking', 'pubsub'] as const;

/** A fleet that was really run. */
export interface RealRun {
  readonly bus: (typeof BUSES)[number];
  readonly size: number;
  readonly rates: Rates;
}

/** What the plots are made from. */
export interface Calibration {
  readonly server: string;
  readonly workload: Workload;
  readonly costs: Readonly<Record<(typeof BUSES)[number], Costs>>;
  readonly runs: readonly RealRun[];
}

const SIZES = [1, 2, 4, 8];
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
      for (const size of SIZES) {
        for (const bus of BUSES) {
          const rates = await measureFleet(size, bus, workload, server.url, admin, idleShare, RUN_MS);
          console.log(`${bus}, ${size}: ${JSON.stringify(rates)}`);
          runs.push({ bus, size, rates });
        }
      }
    }
    const medians = SIZES.flatMap((size) => BUSES.map((bus) => medianOf(runs, bus, size)));
    const costsOf = (bus: RealRun['bus']): Costs => {
      const alone = medians.find((run) => run.bus === bus && run.size === 1) as RealRun;
      const costs = { ...common, ...own[bus], wakeMs: 0, hearMs: alone.rates.staleness.median };
      // What one process costs beyond the sum of what it asks.
      const { load, commands } = simulate(workload, { bus }, costs, 1, 1, 60_000);
      return { ...costs, wakeMs: (1000 * Math.max(0, alone.rates.load - load)) / commands };
    };
    const costs = { tracking: costsOf('tracking'), pubsub: costsOf('pubsub') };
    return { server: `${server.product} ${server.version}`, workload, costs, runs: medians };
  } finally {
    admin.disconnect();
    await server.close();
  }
}

function medianOf(runs: readonly RealRun[], bus: RealRun['bus'], size: number): RealRun {
  const own = runs.filter((run) => run.bus === bus && run.size === size).map(({ rates }) => rates);
  const median = (of: (rates: Rates) => number): number => quartilesOf(own.map(of)).median;
  return {
    bus,
    size,
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
