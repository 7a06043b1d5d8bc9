import { AdapterRun } from '../../models/adapter-run.ts';
import { sequencesFor, shorterSequences } from '../../models/adapter-steps.ts';
import { search } from '../../models/search.ts';
import { type AdapterRule, group } from '../../rule.ts';

/** Few enough for a server some way off. */
const RUNS = 150;

export const model: readonly AdapterRule[] = group('model', {
  adapter: [
    'In random sequences of batches (every method and condition, duplicates, versions that are stale or of another key, time that passes) each item answers what the items before it permit.',
    async (bench) => {
      await search({
        examples: sequencesFor(bench),
        runs: RUNS,
        settings: bench.harness.models,
        run: (steps) => new AdapterRun(bench).run(steps),
        shorter: shorterSequences,
      });
    },
  ],
});
