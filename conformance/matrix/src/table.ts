import type { Report } from '@cache/conformance';

const COLUMNS = ['rules', 'passed', 'failed', 'skipped', 'known'] as const;
const NAME_WIDTH = 32;
const SERVER_WIDTH = 38;

/** The first lines of a table for terminals. */
export function tableHead(): string {
  const head = line('adapter', 'server', COLUMNS, 'time');
  return `${head}\n${'─'.repeat(head.length)}`;
}

/** One adapter's line. */
export function row({ adapter, about, totals }: Report, durationMs: number): string {
  const counts = COLUMNS.map((column) => String(totals[column]));
  return line(adapter, about ?? '', counts, `${(durationMs / 1000).toFixed(1)} s`);
}

function line(adapter: string, about: string, counts: readonly string[], time: string): string {
  const cells = counts.map((count) => count.padStart(8)).join('');
  return `${adapter.padEnd(NAME_WIDTH)}${about.padEnd(SERVER_WIDTH)}${cells}${time.padStart(9)}`;
}
