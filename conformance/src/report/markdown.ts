import { explain } from './explanation.ts';
import { harmless } from './harmless.ts';
import { groupOf, passedOf, type Report, totalsOf } from './report.ts';

/** Reports as Markdown, for people: a table of totals, one of rule groups, then what did not pass and why. */
export function toMarkdown(reports: readonly Report[]): string {
  const lines = ['# Conformance', ''];
  lines.push('| adapter | server | rules | passed | failed | skipped | known |');
  lines.push('|---|---|---:|---:|---:|---:|---:|');
  for (const { adapter, about = '', totals } of reports) {
    const { rules, passed, failed, skipped, known } = totals;
    lines.push(
      `| ${inline(adapter)} | ${inline(about)} | ${rules} | ${passed} | ${failed} | ${skipped} | ${known} |`,
    );
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
      return `${passedOf(totals) ?? '–'}${totals.failed > 0 ? ' ✗' : ''}`;
    });
    return `| ${group} | ${cells.join(' | ')} |`;
  });
  const head = `| rules | ${reports.map(({ adapter }) => inline(adapter)).join(' | ')} |`;
  return [head, `|---|${'---|'.repeat(reports.length)}`, ...rows];
}

function details({ adapter, results }: Report): string[] {
  const lines: string[] = [];
  for (const { id, says, status, error } of results) {
    if (status !== 'failed' || error === undefined) continue;
    lines.push(`- **${id}** failed: ${says}`, '', ...block(textOf(error)), '');
  }
  for (const { id, status, reason = '' } of results) {
    if (status === 'known') lines.push(`- **${id}** is known to fail: ${inline(reason)}`);
  }
  for (const [reason, ids] of byReason(results))
    lines.push(`- ${ids.length} skipped, ${inline(reason)}: ${ids.join(', ')}`);
  return lines.length === 0 ? [] : [`## ${inline(adapter)}`, '', ...lines, ''];
}

function textOf(error: Error): string {
  const { message, compared } = explain(error);
  if (compared === undefined) return message;
  return `${message}\nexpected: ${compared.expected}\nactual:   ${compared.actual}`;
}

/** The rules that were skipped, by reason. */
function byReason(results: Report['results']): Map<string, string[]> {
  const reasons = new Map<string, string[]>();
  for (const { id, status, reason = '' } of results) {
    if (status === 'skipped') reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
  }
  return reasons;
}

/** Text of an author's within a line or a cell: it can neither end it nor be a tag. */
function inline(text: string): string {
  return harmless(text)
    .replace(/\s+/g, ' ')
    .replace(/[|\\`*_[\]]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');
}

/** A block of code within a list, fenced by more backticks than it holds. */
function block(text: string): string[] {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [fence, ...harmless(text).split('\n'), fence].map((line) => `  ${line}`);
}
