import { explain } from './explanation.ts';
import { type Report, totalsOf } from './report.ts';

/** Reports as JSON, for programs. */
export function toJson(reports: readonly Report[]): string {
  const plain = reports.map((report) => ({
    ...report,
    about: report.about ?? null,
    results: report.results.map(({ error, durationMs, ...rest }) => ({
      ...rest,
      ...(error !== undefined && errorOf(error)),
      durationMs: Math.round(durationMs),
    })),
  }));
  const totals = totalsOf(reports.flatMap(({ results }) => results));
  return `${JSON.stringify({ totals, reports: plain }, undefined, 2)}\n`;
}

function errorOf(error: Error): Record<string, string> {
  const { message, compared } = explain(error);
  return { error: message, ...compared };
}
