import type { RuleResult } from '../execute.ts';
import { explain } from '../report/explanation.ts';
import { harmless } from '../report/harmless.ts';
import type { Report } from '../report/report.ts';
import type { Screen } from './screen.ts';

/** What did not pass: each failure with how to ask for it alone, then skips by reason. */
export function printFindings(screen: Screen, { adapter, results }: Report, rerun: readonly string[]): void {
  for (const result of results) {
    if (result.status === 'failed') printFailure(screen, result, [...rerun, '--only', result.id]);
  }
  const known = results.filter(({ status }) => status === 'known');
  if (known.length > 0) screen.line(`\nKnown to fail on ${adapter}:`);
  for (const { id, reason = '' } of known) screen.line(`  ${screen.paint('yellow', id)} ${harmless(reason)}`);
  const reasons = new Map<string, number>();
  for (const { status, reason = '' } of results) {
    if (status === 'skipped') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  if (reasons.size > 0) screen.line('\nSkipped:');
  for (const [reason, count] of reasons)
    screen.line(screen.paint('dim', `${String(count).padStart(4)}  ${harmless(reason)}`));
}

function printFailure(screen: Screen, { id, says, error }: RuleResult, rerun: readonly string[]): void {
  screen.line(`\n${screen.paint('red', `✗ ${id}`)}`);
  screen.line(`  ${screen.paint('bold', says)}`);
  if (error !== undefined) {
    const { message, compared, at } = explain(error);
    screen.line(indented(message));
    if (compared !== undefined) {
      screen.line(indented(`expected: ${compared.expected}`));
      screen.line(indented(`actual:   ${compared.actual}`));
    }
    for (const place of at) screen.line(screen.paint('dim', `    at ${place}`));
  }
  screen.line(`  ${screen.paint('dim', 'alone:')} ${rerun.map(quoted).join(' ')}`);
}

function indented(text: string): string {
  return harmless(text).replace(/^/gm, '    ');
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
