import type { AdapterHarness } from './harness.ts';
import { adapterSuite, cacheSuite, type Suite } from './suites.ts';

/** What the kit uses of a test runner: vitest, node:test, jest and the like have it. */
export interface TestRunner {
  describe(name: string, run: () => void): unknown;
  /** A runner that knows no third argument is given more than it needs. */
  test(name: string, run: () => Promise<void>, timeoutMs: number): unknown;
}

/** A rule gives up by itself, long before this. */
const TIMEOUT_MS = 180_000;

/** Registers the adapter contract with a test runner: one test a rule. */
export function conformance(runner: TestRunner, harness: AdapterHarness): void {
  register(runner, harness, adapterSuite);
}

/** Registers what a cache promises over this adapter: one test a rule. */
export function cacheConformance(runner: TestRunner, harness: AdapterHarness): void {
  register(runner, harness, cacheSuite);
}

function register({ describe, test }: TestRunner, harness: AdapterHarness, suite: Suite): void {
  const ids = new Set(suite.rules.map(({ id }) => id));
  describe(`${harness.name}: ${suite.name} contract`, () => {
    for (const rule of suite.rules) {
      test(
        `${rule.id} — ${rule.says}`,
        async () => {
          const { status, error } = await rule.prove(harness);
          if (status === 'failed') throw error;
        },
        TIMEOUT_MS,
      );
    }
    test(
      'every known failure names a rule',
      async () => {
        const isOurs = (id: string): boolean => id.startsWith('cache/') === (suite.name === 'cache');
        const strangers = Object.keys(harness.known ?? {}).filter((id) => isOurs(id) && !ids.has(id));
        if (strangers.length > 0) throw new Error(`known failures of no rule: ${strangers.join(', ')}`);
      },
      TIMEOUT_MS,
    );
  });
}
