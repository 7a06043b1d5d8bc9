import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ServerInfo, ServerReport } from '@cache/core';
import { type Bench, TEN_MINUTES } from '../../kit/bench.ts';
import { failureOf, until, valueIn, within } from '../../kit/check.ts';
import { type AdapterRule, group } from '../../rule.ts';

const COUNTS = [
  'uptimeSeconds',
  'connectedClients',
  'memoryUsedBytes',
  'memoryLimitBytes',
  'keys',
  'hits',
  'misses',
  'evictions',
  'expired',
] as const;

/** How often a number that others move as well is looked at. */
const TRIES = 5;

export const server: readonly AdapterRule[] = group('server', {
  shape: [
    'There is one report a node: the product in lower case, its version, the endpoint, counts that are numbers of 0 or more, whether it evicts, and when this was.',
    'server',
    async (bench) => {
      const before = now(bench);
      const reports = await reportsOf(bench);
      ok(reports.length > 0, 'no report');
      for (const report of reports) {
        ok(/^[a-z][a-z-]*$/.test(report.server), `server ${report.server}`);
        ok(/^\d+\.\d+/.test(report.version), `version ${report.version}`);
        ok(typeof report.endpoint === 'string' && report.endpoint.length > 0, 'no endpoint');
        for (const name of COUNTS)
          ok(Number.isFinite(report[name]) && report[name] >= 0, `${name} ${report[name]}`);
        equal(typeof report.evicts, 'boolean');
        ok(report.updatedAt >= before && report.updatedAt <= now(bench), `updatedAt ${report.updatedAt}`);
      }
      equal(new Set(reports.map(({ endpoint }) => endpoint)).size, reports.length, 'a node reports twice');
    },
  ],
  keys: [
    'The number of keys rises by those that are written, and falls when they are removed.',
    'server',
    async (bench) => {
      // All at once: what others wrote expires meanwhile.
      const put = async (keys: readonly string[]): Promise<void> => {
        const writes = keys.map((key) => ({ key, payload: bench.payload(), ttlMs: TEN_MINUTES }));
        await bench.all('write', keys.length, bench.adapter.write(writes, bench.call()));
      };
      await changes(bench, 'keys', 200, () => put(bench.keys(200)));
      const keys = bench.keys(200);
      const remove = async (): Promise<void> => {
        const removals = keys.map((key) => ({ key }));
        await bench.all('remove', keys.length, bench.adapter.remove(removals, bench.call()));
      };
      await changes(bench, 'keys', -200, remove, () => put(keys));
    },
  ],
  reads: [
    'Hits rise by the reads that find something, misses by those that do not.',
    'server',
    async (bench) => {
      const [there, absent] = [bench.key(), bench.key()];
      await bench.put(there);
      const read = (key: string) => async (): Promise<void> => {
        for (let i = 0; i < 50; i += 1) await bench.read(key);
      };
      await changes(bench, 'hits', 50, read(there));
      await changes(bench, 'misses', 50, read(absent));
    },
  ],
  memory: [
    'The memory in use rises with what is stored.',
    'server',
    async (bench) => {
      const size = Math.min(100_000, bench.adapter.limits.maxValueBytes - 16);
      const content = Uint8Array.from({ length: size - 16 }, (_, i) => i * 7);
      await changes(bench, 'memoryUsedBytes', 15 * size, async () => {
        for (const key of bench.keys(20)) await bench.put(key, bench.payload(content));
      });
    },
  ],
  client: [
    'The client counts the items of batches: those under way, those that succeeded, and those that failed.',
    'server',
    async (bench) => {
      const { client } = infoOf(bench);
      const keys = bench.keys(5);
      const before = client();
      equal(before.inFlight, 0);
      const reading = bench.adapter.read(keys, bench.call());
      equal(client().inFlight, 5);
      await reading;
      await bench.adapter.read(keys, { deadline: bench.deadline(-1) });
      const after = client();
      deepEqual(after, { inFlight: 0, completed: before.completed + 5, failed: before.failed + 5 });
    },
  ],
  settles: [
    'While the server answers nothing, reports settle by the deadline, each with a failure.',
    'server',
    'freeze',
    async (bench) => {
      const { disrupt } = bench.opened;
      await disrupt?.freeze?.();
      try {
        const answer = infoOf(bench).report({ deadline: bench.deadline(300) });
        const outcomes = await within(3000, 'report', answer);
        ok(outcomes.length > 0);
        for (const outcome of outcomes) {
          const { code } = failureOf(outcome, 'report');
          ok(code === 'TIMEOUT' || code === 'UNAVAILABLE', `report failed with ${code}`);
        }
      } finally {
        await disrupt?.thaw?.();
      }
    },
  ],
  closed: [
    'After close, each report fails with CLOSED.',
    'server',
    async (bench) => {
      await bench.adapter.close();
      const outcomes = await infoOf(bench).report(bench.call());
      ok(outcomes.length > 0);
      for (const outcome of outcomes) equal(failureOf(outcome, 'report').code, 'CLOSED');
    },
  ],
});

function infoOf(bench: Bench): ServerInfo {
  return bench.adapter.server as ServerInfo;
}

async function reportsOf(bench: Bench): Promise<ServerReport[]> {
  const outcomes = await within(bench.patienceMs, 'report', infoOf(bench).report(bench.call()));
  return outcomes.map((outcome) => valueIn(outcome, 'report'));
}

function now(bench: Bench): number {
  return bench.opened.clock?.now() ?? Date.now();
}

/** Whether a number moves as far as that, at least: others may use the server, so it has several tries. */
async function changes(
  bench: Bench,
  name: (typeof COUNTS)[number],
  by: number,
  run: () => Promise<void>,
  prepare?: () => Promise<void>,
): Promise<void> {
  const sum = async (): Promise<number> => {
    return (await reportsOf(bench)).reduce((total, report) => total + report[name], 0);
  };
  // Real servers count some things late.
  const patienceMs = bench.advances ? 50 : 4000;
  for (let left = TRIES; ; left -= 1) {
    await prepare?.();
    const before = await sum();
    await run();
    const enough = async (): Promise<boolean> => {
      const moved = (await sum()) - before;
      return by > 0 ? moved >= by : moved <= by;
    };
    try {
      return await until(patienceMs, `${name} moves by ${by}`, enough);
    } catch (failure) {
      if (left === 1) throw failure;
    }
  }
}
