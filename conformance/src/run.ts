import type { RuleResult } from './execute.ts';
import type { AdapterHarness } from './harness.ts';
import { type Report, reportOf } from './report/report.ts';
import { SUITES, type SuiteName } from './suites.ts';

export interface RunOptions {
  /** Default: both. */
  readonly suites?: readonly SuiteName[];
  /** Only the rules of these ids. Default: all. */
  readonly only?: readonly string[];
  /** Hears of each rule before it is proved. */
  onRule?(id: string, suite: SuiteName): void;
  /** Hears of each result as it comes. */
  onResult?(result: RuleResult, suite: SuiteName): void;
}

/** Proves the rules on an adapter, one after the other, without a test runner. Rejects only for an unknown rule. */
export async function run(harness: AdapterHarness, options: RunOptions = {}): Promise<Report> {
  const { suites = ['adapter', 'cache'], only } = options;
  checkIds(harness, only ?? []);
  const about = await harness.about?.();
  const results: Report['results'][number][] = [];
  for (const suite of suites) {
    for (const rule of SUITES[suite].rules) {
      if (only !== undefined && !only.includes(rule.id)) continue;
      options.onRule?.(rule.id, suite);
      const result = await rule.prove(harness);
      results.push({ suite, ...result });
      options.onResult?.(result, suite);
    }
  }
  return reportOf(harness.name, about, results);
}

function checkIds(harness: AdapterHarness, only: readonly string[]): void {
  const ids = new Set(Object.values(SUITES).flatMap(({ rules }) => rules.map(({ id }) => id)));
  const stranger = [...only, ...Object.keys(harness.known ?? {})].find((id) => !ids.has(id));
  if (stranger !== undefined) throw new RangeError(`conformance: there is no rule ${stranger}`);
}
