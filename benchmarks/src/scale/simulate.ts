import type { Costs } from './costs.ts';
import { Fleet } from './fleet.ts';
import { seeded } from './seeded.ts';
import type { Setup, Workload } from './setup.ts';

/** Rates a second, of all servers together. */
export interface Rates {
  readonly commands: number;
  readonly messages: number;
  readonly bytes: number;
  /** How much of the processor of one server is needed; above 1 it falls behind. */
  readonly load: number;
  /** From the call of a change until a process has dropped its copy, ms. */
  readonly staleness: { readonly median: number; readonly p99: number };
}

const DEFAULTS = { localTtlMs: Number.POSITIVE_INFINITY, nodes: 1, change: 'delete' } as const;
const SETTLE_MS = 4000;

/** @param ms how long to measure, of simulated time */
export function simulate(
  size: number,
  workload: Workload,
  setup: Setup,
  costs: Costs,
  seed: number,
  ms: number,
): Rates {
  const fleet = new Fleet({ ...DEFAULTS, ...setup, size, workload, costs }, seeded(seed));
  fleet.run(SETTLE_MS);
  fleet.forget();
  fleet.run(ms);
  const total = (what: 'commands' | 'messages' | 'bytes' | 'busyMs'): number =>
    (1000 / ms) * fleet.servers.reduce((sum, server) => sum + server[what], 0);
  const sorted = Float64Array.from(fleet.staleness).sort();
  const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return {
    commands: total('commands'),
    messages: total('messages'),
    bytes: total('bytes'),
    load: total('busyMs') / 1000 / fleet.servers.length,
    staleness: { median: quantile(0.5), p99: quantile(0.99) },
  };
}
