import type { RuleResult, RuleStatus } from '../execute.ts';
import type { SuiteName } from '../suites.ts';

export interface Totals {
  readonly rules: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly known: number;
}

/** What a run of the kit over one adapter came to. */
export interface Report {
  readonly adapter: string;
  /** The server that it met. */
  readonly about: string | undefined;
  readonly results: readonly (RuleResult & { readonly suite: SuiteName })[];
  readonly totals: Totals;
}

export function reportOf(adapter: string, about: string | undefined, results: Report['results']): Report {
  return { adapter, about, results, totals: totalsOf(results) };
}

export function totalsOf(results: readonly Pick<RuleResult, 'status'>[]): Totals {
  const count = (status: RuleStatus): number => results.filter((result) => result.status === status).length;
  return {
    rules: results.length,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    known: count('known'),
  };
}

/** The group of a rule: its id without the last part. */
export function groupOf(id: string): string {
  return id.slice(0, id.lastIndexOf('/'));
}

/** How many passed of those that could be asked; undefined = none could. */
export function passedOf(totals: Totals): string | undefined {
  const asked = totals.rules - totals.skipped;
  return asked === 0 ? undefined : `${totals.passed}/${asked}`;
}
