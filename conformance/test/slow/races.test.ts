import { describe, expect, test } from 'vitest';
import { cacheSuite, harnessOf, run } from '../../src/index.ts';

// Every order of three calls, each of a process of its own, takes too long; `memory` has those of one process.
const races = cacheSuite.rules.filter(({ id }) => /^cache\/races\/(?!triples)/.test(id));

describe('every order of two calls, in two processes over one store', () => {
  for (const { id } of races) {
    test(id, { timeout: 1_800_000 }, async () => {
      const report = await run({ ...harnessOf(), models: { effort: 10 } }, { only: [id] });
      expect(report.results.flatMap(({ error }) => (error === undefined ? [] : [error.message]))).toEqual([]);
    });
  }
});
