import { expect, test } from 'vitest';
import type { Mutant } from '../src/mutants/mutant.ts';
import { tryMutant } from '../src/mutants/trial.ts';

const PATIENT = 120_000;

/** Each must be caught by every rule that is named for it. */
export function testMutants(chosen: readonly Mutant[]): void {
  for (const mutant of chosen) {
    test(
      `${mutant.name}: ${mutant.does}`,
      async () => {
        const { caughtBy, missedBy } = await tryMutant(mutant);
        expect(missedBy).toEqual([]);
        expect(caughtBy.length).toBe(mutant.caughtBy.length);
      },
      PATIENT,
    );
  }
}

/** Whether a mutant is one that callers of a cache meet. */
export function isOfCaches({ caughtBy }: Mutant): boolean {
  return caughtBy.every((id) => id.startsWith('cache/'));
}
