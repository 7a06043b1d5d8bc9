import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { busier, type Calibration, calibrate, costsOf } from './scale/calibration.ts';
import { type Plot, svgOf } from './scale/plot.ts';
import type { Setup, Workload } from './scale/setup.ts';
import { type Rates, simulate } from './scale/simulate.ts';

const CALIBRATION = new URL('../scale.json', import.meta.url);
const PLOTS = new URL('../../docs/scale/', import.meta.url);
const REPORTS = new URL('../../reports/', import.meta.url);

const WORKLOAD: Workload = {
  readsPerSecond: 100,
  changesPerSecond: 1,
  keys: 10_000,
  skew: 1,
  localEntries: 1000,
  ttlMs: 86_400_000,
  loadMs: 8,
};

const SETUPS: readonly { readonly name: string; readonly setup: Setup }[] = [
  { name: 'no local tier', setup: { bus: 'none', localTtlMs: 0 } },
  { name: 'localTtl 10 s, no bus', setup: { bus: 'none', localTtlMs: 10_000 } },
  { name: 'trackingBus', setup: { bus: 'tracking' } },
  { name: 'pubsubBus', setup: { bus: 'pubsub' } },
  { name: 'trackingBus, 16 masters', setup: { bus: 'tracking', nodes: 16 } },
  { name: 'trackingBus, set for delete', setup: { bus: 'tracking', change: 'set' } },
];
const SIZES = [1, 2, 4, 8, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const SIMULATED_MS = 10_000;
const SEED = 20;

const { values } = parseArgs({ options: { calibrate: { type: 'boolean', default: false } } });
if (values.calibrate) {
  await writeFile(CALIBRATION, `${JSON.stringify(await calibrate(WORKLOAD), undefined, 2)}\n`);
}
const calibration = JSON.parse(await readFile(CALIBRATION, 'utf8')) as Calibration;
const COSTS = { tracking: costsOf(calibration, 'tracking'), pubsub: costsOf(calibration, 'pubsub') };

/** Of each setup, by size. */
const simulated = SETUPS.map(({ name, setup }) => {
  const costs = COSTS[setup.bus === 'pubsub' ? 'pubsub' : 'tracking'];
  const rates = new Map(
    SIZES.map((size) => [size, simulate(size, calibration.workload, setup, costs, SEED, SIMULATED_MS)]),
  );
  return { name, setup, rates };
});

function plotOf(about: Omit<Plot, 'x' | 'series'>, of: (rates: Rates) => number): Plot {
  const series = simulated.map(({ name, setup, rates }) => {
    const isReal = name === 'trackingBus' || name === 'pubsubBus';
    const runs = isReal ? calibration.runs.filter(({ bus, times }) => bus === setup.bus && times === 1) : [];
    return {
      name,
      points: [...rates].map(([size, own]) => [size, of(own)] as const),
      dots: runs.map(({ size, rates: own }) => [size, of(own)] as const),
    };
  });
  return { ...about, x: 'processes (lines: simulated; circles: measured)', series };
}

const plots: Readonly<Record<string, Plot>> = {
  'bus-traffic': plotOf(
    { title: 'Bus traffic: messages sent to processes', y: 'messages a second' },
    ({ messages }) => messages,
  ),
  'server-load': plotOf(
    {
      title: 'Server load: of one server, or of each of the 16',
      y: 'time on the processor a second, s',
      mark: [1, 'all that one thread has'],
    },
    ({ load }) => load,
  ),
  staleness: plotOf(
    {
      title: 'Staleness: from the call of a change until copies are dropped, 99th percentile',
      y: 'ms',
      mark: [3000, 'silence: beyond it no copy serves'],
    },
    ({ staleness }) => staleness.p99,
  ),
};
await mkdir(PLOTS, { recursive: true });
for (const [name, plot] of Object.entries(plots)) await writeFile(new URL(`${name}.svg`, PLOTS), svgOf(plot));

const CHANGES = [0.01, 0.1, 1];
const BUSY = 0.7;

/** The largest fleet whose servers are no busier than 0.7, by whole sizes that are a twentieth apart. */
function reachOf(setup: Setup, changesPerSecond: number): number {
  const costs = COSTS[setup.bus === 'pubsub' ? 'pubsub' : 'tracking'];
  const workload = { ...calibration.workload, changesPerSecond };
  let [fits, fails] = [1, 20_000];
  while (fails / fits > 1.05) {
    const size = Math.round(Math.sqrt(fits * fails));
    if (simulate(size, workload, setup, costs, SEED, SIMULATED_MS / 2).load <= BUSY) fits = size;
    else fails = size;
  }
  return fits;
}

const COLUMNS: readonly { readonly title: string; readonly digits: number; of(rates: Rates): number }[] = [
  { title: 'commands/s', digits: 0, of: ({ commands }) => commands },
  { title: 'messages/s', digits: 0, of: ({ messages }) => messages },
  { title: 'KB/s', digits: 0, of: ({ bytes }) => bytes / 1000 },
  { title: 'load', digits: 4, of: ({ load }) => load },
  { title: 'heard, median ms', digits: 2, of: ({ staleness }) => staleness.median },
  { title: 'heard, p99 ms', digits: 2, of: ({ staleness }) => staleness.p99 },
];

function rowOf(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function headOf(first: readonly string[]): string[] {
  const titles = [...first, ...COLUMNS.map(({ title }) => title)];
  return [rowOf(titles), `|${titles.map(() => '---|').join('')}`];
}

const lines = [
  `Calibrated on ${calibration.server}. Simulated / measured (ratio):`,
  '',
  ...headOf(['bus', 'processes', 'work each']),
  ...calibration.runs.map(({ bus, size, times, rates }) => {
    const workload = busier(calibration.workload, times);
    const own = simulate(size, workload, { bus }, COSTS[bus], SEED, 6 * SIMULATED_MS);
    const cells = COLUMNS.map(({ of, digits }) => {
      const [one, other] = [of(own), of(rates)];
      return `${one.toFixed(digits)} / ${other.toFixed(digits)} (${(one / other).toFixed(2)})`;
    });
    return rowOf([bus, size, `× ${times}`, ...cells]);
  }),
  '',
  'Simulated:',
  '',
  ...headOf(['setup', 'processes']),
  ...simulated.flatMap(({ name, rates }) =>
    [...rates].map(([size, own]) =>
      rowOf([name, size, ...COLUMNS.map(({ of, digits }) => of(own).toFixed(digits))]),
    ),
  ),
  '',
  `The largest fleet at which a server is no busier than ${BUSY}, by changes a second and process:`,
  '',
  rowOf(['setup', ...CHANGES]),
  `|${'---|'.repeat(1 + CHANGES.length)}`,
  ...SETUPS.map(({ name, setup }) => rowOf([name, ...CHANGES.map((rate) => reachOf(setup, rate))])),
  '',
];
await mkdir(REPORTS, { recursive: true });
await writeFile(new URL('bench-scale.md', REPORTS), lines.join('\n'));
console.log(lines.join('\n'));
