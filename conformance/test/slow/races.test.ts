import { describe, expect, test } from 'vitest';
import { cacheSuite, harnessOf, run } from '../../src/index.ts';

describe('every order of two calls and of three, in as many processes over one store', () => {
  for (const { id } of cacheSuite.rules.filter((rule) => rule.id.startsWith('cache/races/'))) {
    test(id, { timeout: 1_800_000 }, async () => {
      const report = await run({ ...harnessOf(), models: { effort: 10 } }, { only: [id] });
      expect(report.results.flatMap(({ error }) => (error === undefined ? [] : [error.message]))).toEqual([]);
    });
  }
});
