import { describe, expect, test } from 'vitest';
import { type AdapterHarness, adapterSuite, cacheSuite, harnessOf, mutants, run } from '../src/index.ts';
import { falseAlarms, tryMutant } from '../src/mutants/trial.ts';
import { evictingHarness, unusualHarnesses } from '../src/mutants/unusual.ts';

const PATIENT = 120_000;

describe('what is sound passes everything', () => {
  test(
    'the reference adapter, over a network that can be troubled',
    async () => {
      const report = await run(harnessOf());
      expect(falseAlarms(report)).toEqual([]);
      expect(report.totals.skipped).toBeLessThan(12);
    },
    PATIENT,
  );

  for (const harness of unusualHarnesses) {
    test(
      `an unusual but correct adapter: ${harness.name}`,
      async () => {
        expect(falseAlarms(await run(harness))).toEqual([]);
      },
      PATIENT,
    );
  }

  test(
    'the models permit what a store that evicts answers',
    async () => {
      const only = [
        'model/adapter',
        'linearizable/conditions',
        'linearizable/counters',
        'cache/model',
        'cache/orders/values',
        'cache/orders/lost',
        'cache/orders/counters',
      ];
      expect(falseAlarms(await run(evictingHarness, { only }))).toEqual([]);
      const silent: AdapterHarness = {
        ...evictingHarness,
        models: { seed: 7 },
        async open(options) {
          const { evicts: _, ...opened } = await evictingHarness.open(options);
          return opened;
        },
      };
      // Without that declaration it is broken.
      const report = await run(silent, { only: ['model/adapter', 'cache/model'] });
      expect(report.totals.failed).toBe(2);
    },
    PATIENT,
  );
});

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
