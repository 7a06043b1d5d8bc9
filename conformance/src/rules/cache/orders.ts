import type { CacheBench } from '../../kit/cache-bench.ts';
import {
  type CacheCallName,
  CacheClients,
  type CacheProgram,
  cacheProgramsOf,
  learn,
  shorterCachePrograms,
} from '../../models/cache-clients.ts';
import type { CacheCall } from '../../models/cache-model.ts';
import type { ClientCall } from '../../models/callers.ts';
import { type FreshnessInput, judgeFreshness, Source } from '../../models/freshness.ts';
import { everyOrder, type Scenario, someOrders } from '../../models/orders.ts';
import type { SchedulerOptions } from '../../models/scheduler.ts';
import { type CacheRule, group } from '../../rule.ts';

const RUNS = 120;

const VALUES: readonly CacheCallName[] = [
  'get',
  'set',
  'add',
  'getAndSet',
  'delete',
  'expire',
  'touch',
  'has',
];

/** What callers are told in any order of what happens behind their caches. */
export const orders: readonly CacheRule[] = group('cache/orders', {
  values: [
    'Calls on one key by several caches over one store, in whatever order their effects and replies come, answer as if each took effect in one instant between its call and its answer.',
    async (bench) => inOrders(bench, VALUES, {}),
  ],
  lost: [
    'The same holds while requests and replies are lost or come late: what resolved happened once, what rejected as not applied never, and what is unknown once or never.',
    async (bench) => inOrders(bench, VALUES, FAULTS),
  ],
  counters: [
    'Counters of several caches count each call once: in whatever order, and while requests and replies are lost or come late.',
    'counters',
    async (bench) => inOrders(bench, ['increment'], FAULTS),
  ],
  'no-stale-fill': [
    'In every order of a load, a change of the source with a delete, and a call after it, in one process: no call made after the delete has resolved gets a value that was loaded before the delete was called.',
    async (bench) => {
      let count = 0;
      await everyOrder(
        filling(bench, () => {
          count += 1;
          return `${bench.prefix}${count}`;
        }),
      );
    },
  ],
});

const FAULTS: SchedulerOptions = {
  faults: { kinds: ['request-lost', 'reply-lost', 'late'], atMost: 2 },
};

async function inOrders(
  bench: CacheBench,
  names: readonly CacheCallName[],
  options: SchedulerOptions,
): Promise<void> {
  let count = 0;
  await someOrders<CacheProgram, CacheCall>({
    programs: cacheProgramsOf(names),
    runs: RUNS,
    settings: bench.harness.models,
    shorter: shorterCachePrograms,
    scenario: (program) => ({
      options: { patienceMs: bench.patienceMs, ...options },
      open: async (scheduler) => {
        count += 1;
        const clients = new CacheClients(bench, `${bench.prefix}${count}`, program, scheduler);
        await clients.begin();
        return {
          clients: clients.clients,
          judge: (history) => clients.judge(history),
          end: () => clients.end(),
        };
      },
    }),
  });
}

/** One who loads, one who changes the source and deletes, and then loads itself: in one process. */
function filling(bench: CacheBench, nextRoot: () => string): Scenario<FreshnessInput> {
  return {
    // Effects alone: replies that are held besides would be ten times as many orders.
    options: { patienceMs: bench.patienceMs, replies: false },
    async open(scheduler) {
      const source = new Source(scheduler.history);
      const adapter = scheduler.gated(bench.adapter, 'the cache');
      const cache = bench.unwatched({ adapter, namespace: nextRoot() });
      await learn(cache);
      const load = (): Promise<number> =>
        scheduler.step('the loader', 'read of the source', () => source.version);
      const read = (): ClientCall<FreshnessInput> => ({
        says: 'getOrSet k',
        input: { does: 'read' },
        run: () => cache.getOrSet('k', load),
      });
      const change = (): ClientCall<FreshnessInput> => ({
        says: 'change of the source and delete k',
        input: { does: 'invalidate' },
        run: async () => {
          source.commit();
          return await cache.delete('k');
        },
      });
      return {
        clients: [
          { name: 'one', calls: [read] },
          { name: 'two', calls: [change, read] },
        ],
        judge: (told) => judgeFreshness(told, source),
        end: () => cache.close(),
      };
    },
  };
}
