import { describe, expect, test } from 'vitest';
import { adapterSuite, cacheSuite, mutants } from '../src/index.ts';
import { isOfCaches, testMutants } from './trials.ts';

describe('every mutant that rules of adapters catch is caught', () => {
  testMutants(mutants.filter((mutant) => !isOfCaches(mutant)));

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
