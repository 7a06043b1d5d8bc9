import type { RuleResult } from '../execute.ts';
import { journalSuite, type RuleEntry, storeSuite } from '../suites.ts';
import { journaling } from './journaling.ts';
import { journalHarnessOf } from './sound-journal.ts';
import { storeHarnessOf } from './sound-store.ts';
import { type PartMutant, storing } from './storing.ts';
import type { Trial } from './trial.ts';

/** A suite of a part that is no adapter, with what it is tried on. */
export interface Part {
  readonly name: string;
  readonly rules: readonly string[];
  readonly mutants: readonly Pick<PartMutant<unknown>, 'name' | 'does' | 'caughtBy'>[];
  /** Proves the rules that are named for a mutant on it. */
  trial(mutant: string): Promise<Trial>;
  /** Proves every rule on what is sound. */
  sound(): Promise<RuleResult[]>;
}

/** Stores and journals: broken ones, each with the rules that must catch it. */
export const parts: readonly Part[] = [
  part(
    'store',
    storeSuite.rules,
    storing,
    storeHarnessOf('sound', (store) => store),
  ),
  part(
    'journal',
    journalSuite.rules,
    journaling,
    journalHarnessOf('sound', (journal) => journal),
  ),
];

function part<H>(
  name: string,
  rules: readonly RuleEntry<H>[],
  mutants: readonly PartMutant<H>[],
  sound: H,
): Part {
  return {
    name,
    rules: rules.map(({ id }) => id),
    mutants,
    async trial(wanted) {
      const mutant = mutants.find((each) => each.name === wanted);
      if (mutant === undefined) throw new RangeError(`there is no mutant ${wanted}`);
      const caughtBy: string[] = [];
      const missedBy: Pick<RuleResult, 'id' | 'status'>[] = [];
      for (const rule of rules.filter(({ id }) => mutant.caughtBy.includes(id))) {
        const { id, status } = await rule.prove(mutant.harness);
        if (status === 'failed') caughtBy.push(id);
        else missedBy.push({ id, status });
      }
      return { caughtBy, missedBy };
    },
    async sound() {
      const results: RuleResult[] = [];
      for (const rule of rules) results.push(await rule.prove(sound));
      return results;
    },
  };
}
