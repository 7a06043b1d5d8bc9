import type { AdapterHarness } from './harness.ts';
import type { JournalHarness } from './journal-harness.ts';
import type { StoreHarness } from './store-harness.ts';
import { adapterSuite, cacheSuite, journalSuite, type RuleEntry, storeSuite } from './suites.ts';

/** What the kit uses of a test runner: vitest, node:test, jest and the like have it. */
export interface TestRunner {
  describe(name: string, run: () => void): unknown;
  /**
   * A runner that knows no third argument is given more than it needs. Where it hands its test a context that can skip,
   * as vitest and node:test do, rules that cannot be asked are told as skipped, with the reason; elsewhere they pass.
   */
  test(name: string, run: (...context: unknown[]) => Promise<void>, timeoutMs: number): unknown;
}

/** A rule gives up by itself, long before this. */
const TIMEOUT_MS = 180_000;

/** Registers the adapter contract with a test runner: one test a rule. */
export function conformance(runner: TestRunner, harness: AdapterHarness): void {
  register(runner, harness, adapterSuite.name, adapterSuite.rules);
}

/** Registers what a cache promises over this adapter: one test a rule. */
export function cacheConformance(runner: TestRunner, harness: AdapterHarness): void {
  register(runner, harness, cacheSuite.name, cacheSuite.rules);
}

/** Registers what a source of truth owes the strategies: one test a rule. */
export function dataStoreConformance<K, V>(runner: TestRunner, harness: StoreHarness<K, V>): void {
  // What keys and values are is the harness' own affair: the rules hand them from it to the store.
  register(runner, harness as StoreHarness, storeSuite.name, storeSuite.rules);
}

/** Registers what a journal owes write-behind: one test a rule. */
export function journalConformance(runner: TestRunner, harness: JournalHarness): void {
  register(runner, harness, journalSuite.name, journalSuite.rules);
}

function register<H extends { readonly name: string; readonly known?: Readonly<Record<string, string>> }>(
  { describe, test }: TestRunner,
  harness: H,
  suite: string,
  rules: readonly RuleEntry<H>[],
): void {
  const ids = new Set(rules.map(({ id }) => id));
  describe(`${harness.name}: ${suite} contract`, () => {
    for (const rule of rules) {
      test(
        `${rule.id} — ${rule.says}`,
        // Rest arguments, because jest takes a function with a parameter for one that calls back.
        async (...[context]) => {
          const { status, error, reason } = await rule.prove(harness);
          if (status === 'failed') throw error;
          if (status === 'skipped' && canSkip(context)) context.skip(reason);
        },
        TIMEOUT_MS,
      );
    }
    test(
      'every known failure names a rule',
      async () => {
        const isOurs = (id: string): boolean => id.startsWith('cache/') === (suite === 'cache');
        const strangers = Object.keys(harness.known ?? {}).filter((id) => isOurs(id) && !ids.has(id));
        if (strangers.length > 0) throw new Error(`known failures of no rule: ${strangers.join(', ')}`);
      },
      TIMEOUT_MS,
    );
  });
}

function canSkip(context: unknown): context is { skip(reason?: string): void } {
  // Vitest's is a function.
  const holder = (typeof context === 'object' && context !== null) || typeof context === 'function';
  return holder && 'skip' in context && typeof context.skip === 'function';
}
