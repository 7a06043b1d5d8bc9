import { describe, expect, test } from 'vitest';
import { run } from '../src/index.ts';
import { falseAlarms } from '../src/mutants/trial.ts';
import { unusualHarnesses } from '../src/mutants/unusual.ts';

describe('an unusual but correct adapter passes everything', () => {
  for (const harness of unusualHarnesses) {
    test(harness.name, async () => {
      expect(falseAlarms(await run(harness))).toEqual([]);
    }, 120_000);
  }
});
