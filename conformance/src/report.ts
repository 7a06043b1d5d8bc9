import type { RuleResult, RuleStatus } from './execute.ts';
import type { SuiteName } from './suites.ts';

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

/** Reports as JSON, for programs. */
export function toJson(reports: readonly Report[]): string {
  const plain = reports.map((report) => ({
    ...report,
    about: report.about ?? null,
    results: report.results.map(({ error, durationMs, ...rest }) => ({
      ...rest,
      ...(error !== undefined && { error: error.message }),
      durationMs: Math.round(durationMs),
    })),
  }));
  const totals = totalsOf(reports.flatMap(({ results }) => results));
  return `${JSON.stringify({ totals, reports: plain }, undefined, 2)}\n`;
}

/** Reports as Markdown, for people: a table of totals, one of rule groups, then what did not pass and why. */
export function toMarkdown(reports: readonly Report[]): string {
  const lines = ['# Conformance', ''];
  lines.push('| adapter | server | rules | passed | failed | skipped | known |');
  lines.push('|---|---|---:|---:|---:|---:|---:|');
  for (const { adapter, about, totals } of reports) {
    const { rules, passed, failed, skipped, known } = totals;
    lines.push(`| ${adapter} | ${about ?? ''} | ${rules} | ${passed} | ${failed} | ${skipped} | ${known} |`);
  }
  lines.push('', '## By group', '', ...groupTable(reports), '');
  for (const report of reports) lines.push(...details(report));
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Rule groups down, adapters across: passed of those that could be asked. */
function groupTable(reports: readonly Report[]): string[] {
  const groups = new Set(reports.flatMap(({ results }) => results.map(({ id }) => groupOf(id))));
  const rows = [...groups].map((group) => {
    const cells = reports.map(({ results }) => {
      const totals = totalsOf(results.filter(({ id }) => groupOf(id) === group));
      const asked = totals.rules - totals.skipped;
      return asked === 0 ? '–' : `${totals.passed}/${asked}${totals.failed > 0 ? ' ✗' : ''}`;
    });
    return `| ${group} | ${cells.join(' | ')} |`;
  });
  const head = `| rules | ${reports.map(({ adapter }) => adapter).join(' | ')} |`;
  return [head, `|---|${'---|'.repeat(reports.length)}`, ...rows];
}

function groupOf(id: string): string {
  return id.slice(0, id.lastIndexOf('/'));
}

function details({ adapter, results }: Report): string[] {
  const lines: string[] = [];
  for (const { id, says, error } of results.filter(({ status }) => status === 'failed')) {
    lines.push(`- **${id}** failed: ${says}`, '', '  ```', ...indent(error?.message ?? ''), '  ```');
  }
  for (const { id, reason } of results.filter(({ status }) => status === 'known')) {
    lines.push(`- **${id}** is known to fail: ${reason}`);
  }
  for (const [reason, ids] of byReason(results))
    lines.push(`- ${ids.length} skipped, ${reason}: ${ids.join(', ')}`);
  return lines.length === 0 ? [] : [`## ${adapter}`, '', ...lines, ''];
}

function byReason(results: Report['results']): Map<string, string[]> {
  const reasons = new Map<string, string[]>();
  for (const { id, status, reason = '' } of results) {
    if (status === 'skipped') reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
  }
  return reasons;
}

function indent(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}
