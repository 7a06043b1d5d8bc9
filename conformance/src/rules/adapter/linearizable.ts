import * as fc from 'fast-check';
import type { Bench } from '../../kit/bench.ts';
import {
  AdapterClients,
  type Asked,
  type CallPlan,
  type Program,
  programsOf,
  shorterPrograms,
} from '../../models/adapter-clients.ts';
import type { Client } from '../../models/callers.ts';
import { type Scenario, someOrders } from '../../models/orders.ts';
import type { Scheduler, SchedulerOptions } from '../../models/scheduler.ts';
import { turn } from '../../models/turn.ts';
import { type AdapterRule, group } from '../../rule.ts';

const RUNS = 120;
/** Each waits for new connections. */
const RUNS_WITH_CUTS = 15;

const VALUES: readonly CallPlan['name'][] = ['read', 'write', 'write', 'write', 'remove', 'touch'];
const COUNTERS: readonly CallPlan['name'][] = ['add', 'add', 'add', 'remove'];

/** What several clients are told at the same time is what they would be told in some order, one after the other. */
export const linearizable: readonly AdapterRule[] = group('linearizable', {
  conditions: [
    'Reads, writes, removals and touches of one key by several clients at the same time, on condition or not, answer as if each took effect in one instant between its call and its answer.',
    async (bench) => concurrently(bench, VALUES),
  ],
  counters: [
    'Additions to and removals of one counter by several clients at the same time answer as if each took effect in one instant between its call and its answer.',
    'counters',
    async (bench) => concurrently(bench, COUNTERS),
  ],
  cut: [
    'The same holds while connections are cut: what is answered happened once, what failed as not applied never, and what is unknown once or never.',
    'cut',
    async (bench) => {
      const names = bench.adapter.counters === undefined ? [VALUES] : [VALUES, COUNTERS];
      for (const some of names) await withCuts(bench, some);
    },
  ],
});

async function concurrently(bench: Bench, names: readonly CallPlan['name'][]): Promise<void> {
  const connections = await bench.connections(3);
  await someOrders<Program, Asked>({
    programs: programsOf(names),
    runs: RUNS,
    settings: bench.harness.models,
    shorter: shorterPrograms,
    scenario: (program) => ({
      options: optionsFor(bench),
      open: (scheduler) => {
        const clients = new AdapterClients(bench, false);
        return { clients: gated(program, clients, scheduler), judge: (history) => clients.judge(history) };
      },
    }),
  });

  function gated(program: Program, clients: AdapterClients, scheduler: Scheduler<Asked>): Client<Asked>[] {
    return program.map((plans, i) => {
      const adapter = scheduler.gated(connections[i] ?? bench.adapter, `connection ${i + 1}`);
      return clients.client(i, adapter, plans);
    });
  }
}

interface CutProgram {
  readonly program: Program;
  /** After how many turns of the event loop each cut comes, from the calls that are let go at the same time. */
  readonly cuts: readonly number[];
}

async function withCuts(bench: Bench, names: readonly CallPlan['name'][]): Promise<void> {
  const cuts = fc.array(fc.nat(6), { minLength: 1, maxLength: 2 });
  await someOrders<CutProgram, Asked | undefined>({
    programs: fc.record({ program: programsOf(names), cuts }),
    runs: RUNS_WITH_CUTS,
    settings: bench.harness.models,
    shorter: function* ({ program, cuts: when }) {
      for (const less of shorterPrograms(program)) yield { program: less, cuts: when };
    },
    scenario: ({ program, cuts: when }) => cutting(bench, program, when),
  });
}

function cutting(bench: Bench, program: Program, cuts: readonly number[]): Scenario<Asked | undefined> {
  return {
    options: optionsFor(bench),
    open: (scheduler) => {
      const clients = new AdapterClients(bench, true);
      const calls = program.map((plans, i) => {
        return clients.client(i, scheduler.gated(bench.adapter, `connection ${i + 1}`), plans);
      });
      const cut = (after: number) => () => ({
        says: 'cut',
        input: undefined,
        run: () =>
          scheduler.step('the network', `cut after ${after} turns`, async () => {
            for (let i = 0; i < after; i += 1) await turn();
            await bench.opened.disrupt?.cut?.();
          }),
      });
      const network = { name: 'the network', calls: cuts.map(cut) };
      return { clients: [...calls, network], judge: (history) => clients.judge(history) };
    },
  };
}

function optionsFor({ patienceMs }: Bench): SchedulerOptions {
  return { together: 'all', replies: false, patienceMs, sayKey: () => 'k' };
}
