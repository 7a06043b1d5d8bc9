import { CacheRun } from '../../models/cache-run.ts';
import { cacheSequencesFor, shorterCacheSequences } from '../../models/cache-steps.ts';
import { search } from '../../models/search.ts';
import { type CacheRule, group } from '../../rule.ts';

const RUNS = 150;

export const model: readonly CacheRule[] = group('cache', {
  model: [
    'In random sequences of calls by three caches over one store (values, counters, namespaces, loads, lives, calls that do not wait for one another) each answers what the calls before it permit.',
    async (bench) => {
      let runs = 0;
      await search({
        examples: cacheSequencesFor(bench),
        runs: RUNS,
        settings: bench.harness.models,
        shorter: shorterCacheSequences,
        run: (steps) => {
          runs += 1;
          return new CacheRun(bench, `${bench.prefix}${runs}`).run(steps);
        },
      });
    },
  ],
});
