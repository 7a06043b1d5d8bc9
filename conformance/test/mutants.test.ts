import { describe, expect, test } from 'vitest';
import { adapterSuite, cacheSuite, mutants } from '../src/index.ts';
import { tryMutant } from '../src/mutants/trial.ts';

const PATIENT = 120_000;

describe('every mutant is caught by the rules that are named for it', () => {
  for (const mutant of mutants) {
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

  test('every rule can fail: each is named by a mutant', () => {
    const named = new Set(mutants.flatMap(({ caughtBy }) => caughtBy));
    const rules = [...adapterSuite.rules, ...cacheSuite.rules].map(({ id }) => id);
    expect(rules.filter((id) => !named.has(id))).toEqual([]);
    console.log(
      `mutants: ${mutants.length}, each caught; rules: ${rules.length}, each fails for one of them`,
    );
  });

  test('no two mutants have one name', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });
});
