import { execute, type RuleResult } from './execute.ts';
import type { AdapterHarness, Opened } from './harness.ts';
import { Bench } from './kit/bench.ts';
import { CacheBench } from './kit/cache-bench.ts';
import type { Rule } from './rule.ts';
import { adapterRules } from './rules/adapter/all.ts';
import { cacheRules } from './rules/cache/all.ts';

export type BenchOf<B> = (opened: Opened, prefix: string, harness: AdapterHarness) => B;

export type SuiteName = 'adapter' | 'cache';

/** A list of rules and how to prove one of them. */
export interface Suite {
  readonly name: SuiteName;
  readonly rules: readonly RuleEntry[];
}

/** One rule of a suite, ready to be proved on an adapter. */
export interface RuleEntry {
  readonly id: string;
  readonly says: string;
  readonly needs: Rule<never>['needs'];
  prove(harness: AdapterHarness): Promise<RuleResult>;
}

/** The contract of adapters. */
export const adapterSuite: Suite = suite('adapter', adapterRules, (opened, prefix, harness) => {
  return new Bench(opened, prefix, harness);
});

/** What a cache promises over any adapter. */
export const cacheSuite: Suite = suite('cache', cacheRules, (opened, prefix, harness) => {
  return new CacheBench(opened, prefix, harness);
});

export const SUITES: Readonly<Record<SuiteName, Suite>> = { adapter: adapterSuite, cache: cacheSuite };

function suite<B>(name: SuiteName, rules: readonly Rule<B>[], benchOf: BenchOf<B>): Suite {
  return {
    name,
    rules: rules.map((rule) => ({
      id: rule.id,
      says: rule.says,
      needs: rule.needs,
      prove: (harness) => execute(rule, harness, benchOf),
    })),
  };
}
