import { describe, expect, test } from 'vitest';
import { parts } from '../src/mutants/parts.ts';

for (const part of parts) {
  describe(`the rules of a ${part.name}`, () => {
    test('pass for one that is sound', async () => {
      const results = await part.sound();
      expect(results.filter(({ status }) => status === 'failed').map(({ id, error }) => [id, error])).toEqual(
        [],
      );
      expect(results.filter(({ status }) => status === 'skipped')).toEqual([]);
    });

    for (const mutant of part.mutants) {
      test(`catch ${mutant.name}: ${mutant.does}`, async () => {
        const { caughtBy, missedBy } = await part.trial(mutant.name);
        expect(missedBy).toEqual([]);
        expect(caughtBy).toHaveLength(mutant.caughtBy.length);
      });
    }

    test('can fail: each is named by a mutant', () => {
      const named = new Set(part.mutants.flatMap(({ caughtBy }) => caughtBy));
      expect(part.rules.filter((id) => !named.has(id))).toEqual([]);
    });
  });
}
