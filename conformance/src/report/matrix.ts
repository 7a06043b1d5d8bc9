import { groupOf, type Report } from './report.ts';

export type Result = Report['results'][number];

/** One rule and what became of it on each adapter, by position; undefined = it was not asked. */
export interface MatrixRow {
  readonly id: string;
  readonly says: string;
  readonly cells: readonly (Result | undefined)[];
}

export interface MatrixGroup {
  readonly name: string;
  readonly rows: readonly MatrixRow[];
}

/** Rules down, in the order of the kit and by group, adapters across. */
export function matrixOf(reports: readonly Report[]): MatrixGroup[] {
  const byId = reports.map(({ results }) => new Map(results.map((result) => [result.id, result])));
  const groups = new Map<string, MatrixRow[]>();
  const seen = new Set<string>();
  for (const { id, says } of reports.flatMap(({ results }) => results)) {
    if (seen.has(id)) continue;
    seen.add(id);
    const rows = groups.get(groupOf(id)) ?? [];
    rows.push({ id, says, cells: byId.map((results) => results.get(id)) });
    groups.set(groupOf(id), rows);
  }
  return Array.from(groups, ([name, rows]) => ({ name, rows }));
}
