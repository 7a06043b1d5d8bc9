import type { RuleResult } from '../execute.ts';
import type { Report } from '../report/report.ts';
import { run } from '../run.ts';
import { harnessOf, type Mutant } from './mutant.ts';

/** What the rules made of one mutant. */
export interface Trial {
  /** The rules that failed, as they should. */
  readonly caughtBy: readonly string[];
  /** The rules that are named for it and did not fail: one is enough to make it a survivor. */
  readonly missedBy: readonly Pick<RuleResult, 'id' | 'status'>[];
}

/** Proves the rules on a mutant that are named for it; with `all`, every rule. */
export async function tryMutant(mutant: Mutant, options: { readonly all?: boolean } = {}): Promise<Trial> {
  const { results } = await run(harnessOf(mutant), options.all === true ? {} : { only: mutant.caughtBy });
  const named = new Set(mutant.caughtBy);
  return {
    caughtBy: results.filter(({ status }) => status === 'failed').map(({ id }) => id),
    missedBy: results.filter(({ id, status }) => named.has(id) && status !== 'failed'),
  };
}

/** What failed on an adapter that is sound, with the reason: nothing may. */
export function falseAlarms({ results }: Report): string[] {
  return results
    .filter(({ status }) => status === 'failed')
    .map(({ id, error }) => `${id}: ${error?.message}`);
}
