import { KINDS, type Kind } from './questions.ts';
import type { Measured, Run } from './run.ts';
import { type Column, tableOf } from './table.ts';

const LABELS: Readonly<Record<Kind, string>> = {
  search: 'name prefix',
  nearest: 'nearest 5',
  country: 'by country',
};

const COLUMNS: readonly Column[] = [
  { heading: 'request' },
  { heading: 'requests' },
  { heading: 'hit', parts: ['rate'] },
  { heading: 'p50, ms', parts: ['without', 'with'] },
  { heading: 'p99, ms', parts: ['without', 'with'] },
  { heading: 'queries to DB', parts: ['without', 'with'] },
];

/** The two runs side by side, as lines. */
export function comparison(without: Run, cached: Run): string[] {
  const rows = KINDS.map((kind) => row(LABELS[kind], without.byKind[kind], cached.byKind[kind]));
  return tableOf(COLUMNS, [...rows, row('total', without.total, cached.total)]);
}

/** The two runs in one line that holds however they went. */
export function verdict({ total: without }: Run, { total: cached }: Run): string {
  const spared = 1 - cached.queries / without.queries;
  const p50 = `p50 ${ms(without.p50)} → ${ms(cached.p50)} ms`;
  const p99 = `p99 ${ms(without.p99)} → ${ms(cached.p99)} ms`;
  return `The cache spared the database ${percent(spared)} of the queries: ${p50}, ${p99}.`;
}

/** The part of the requests that were answered without a query of their own. */
export function hitRate({ requests, queries }: Measured): number {
  return requests === 0 ? 0 : (requests - queries) / requests;
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}

function row(label: string, without: Measured, cached: Measured): string[] {
  return [
    label,
    count(without.requests),
    cached.requests === 0 ? '-' : percent(hitRate(cached)),
    ms(without.p50),
    ms(cached.p50),
    ms(without.p99),
    ms(cached.p99),
    count(without.queries),
    count(cached.queries),
  ];
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)} %`;
}

/** Three digits of what matters. */
function ms(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value.toFixed(value < 1 ? 3 : value < 10 ? 2 : 1);
}
