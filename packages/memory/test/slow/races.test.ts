import { cacheSuite, FakeClock, run } from '@cache/conformance';
import { describe, expect, test } from 'vitest';
import { memoryAdapter } from '../../src/index.ts';

describe('every order of two calls and of three, in one process', () => {
  for (const { id } of cacheSuite.rules.filter((rule) => rule.id.startsWith('cache/races/'))) {
    test(id, { timeout: 1_800_000 }, async () => {
      const report = await run(
        {
          name: 'memory',
          expects: ['sync', 'expiry', 'counters', 'scan'],
          models: { effort: 10 },
          async open({ room }) {
            const clock = new FakeClock();
            const adapter = memoryAdapter({ maxEntries: room, clock });
            return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
          },
        },
        { only: [id] },
      );
      expect(report.results.flatMap(({ error }) => (error === undefined ? [] : [error.message]))).toEqual([]);
    });
  }
});
