/** A heading over one or several columns. The first column is text, all others are numbers. */
export interface Column {
  readonly heading: string;
  /** The columns under it; one without a name when left out. */
  readonly parts?: readonly string[];
}

const GAP = '  ';

/** A table as lines of plain text; the last row is the total, under a rule. */
export function tableOf(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const parts = columns.flatMap((column) => column.parts ?? ['']);
  const widths = parts.map((part, at) => {
    return Math.max(part.length, ...rows.map((row) => row[at]?.length ?? 0));
  });
  // A heading wider than what is under it widens the first of these.
  let first = 0;
  const spans = columns.map(({ heading, parts: own = [''] }) => {
    const at = first;
    first += own.length;
    const under = spanOf(widths.slice(at, first));
    const missing = heading.length - under;
    if (missing > 0) widths[at] = (widths[at] ?? 0) + missing;
    return Math.max(under, heading.length);
  });
  const headings = columns.map(({ heading }, at) => cell(heading, spans[at] ?? 0, at)).join(GAP);
  const line = (cells: readonly string[]): string => {
    return cells.map((text, at) => cell(text, widths[at] ?? 0, at)).join(GAP);
  };
  const rule = '-'.repeat(spanOf(widths));
  const body = rows.map(line);
  const total = body.pop() ?? '';
  return [headings, line(parts), rule, ...body, rule, total].map((text) => text.trimEnd());
}

function spanOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

function cell(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
