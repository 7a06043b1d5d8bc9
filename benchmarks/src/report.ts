import { type Row, verdictOf } from './row.ts';

/** The columns, each as wide as in every line. */
const COLUMNS: readonly { readonly title: string; readonly width: number; text(row: Row): string }[] = [
  { title: 'what', width: 37, text: ({ subject, operation, load }) => `${subject} ${operation}, ${load}` },
  { title: 'against', width: 22, text: ({ rival }) => rival },
  { title: 'ours/s', width: 9, text: ({ ours }) => Math.round(ours.callsPerSecond.median).toString() },
  { title: 'theirs/s', width: 9, text: ({ theirs }) => Math.round(theirs.callsPerSecond.median).toString() },
  { title: 'ratio', width: 5, text: ({ theirs }) => theirs.ratio.median.toFixed(2) },
  {
    title: 'quartiles',
    width: 11,
    text: ({ theirs: { ratio } }) => `${ratio.lower.toFixed(2)}–${ratio.upper.toFixed(2)}`,
  },
  { title: 'cpu', width: 5, text: ({ theirs }) => theirs.cpuRatio.median.toFixed(2) },
  { title: 'aim', width: 4, text: ({ aim }) => aim?.toString() ?? '' },
  { title: '', width: 6, text: (row) => verdictOf(row) ?? '' },
];

export const EXPLANATION =
  'ratio: our throughput divided by theirs, median of rounds that take turns; cpu: their time on the processor a call divided by ours.';

export function head(): string {
  const titles = COLUMNS.map(({ title, width }) => title.padEnd(width));
  return `| ${titles.join(' | ')} |\n|${COLUMNS.map(({ width }) => '-'.repeat(width + 2)).join('|')}|`;
}

export function line(row: Row): string {
  return `| ${COLUMNS.map(({ width, text }) => text(row).padEnd(width)).join(' | ')} |`;
}

export function toMarkdown(rows: readonly Row[]): string {
  return [EXPLANATION, '', head(), ...rows.map(line), ''].join('\n');
}

export function toJson(rows: readonly Row[]): string {
  return `${JSON.stringify(
    rows.map((row) => ({ ...row, verdict: verdictOf(row) })),
    undefined,
    2,
  )}\n`;
}
