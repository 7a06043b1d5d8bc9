import { explain } from './explanation.ts';
import { html, type Markup, sentence } from './markup.ts';
import { type MatrixGroup, type MatrixRow, matrixOf, type Result } from './matrix.ts';
import { type Note, Notes } from './notes.ts';
import { passedOf, type Report, type Totals, totalsOf } from './report.ts';
import { STYLE } from './style.ts';

export interface HtmlOptions {
  /** Default: Conformance. */
  readonly title?: string;
}

/** Adapters beyond this many have their names written upwards. */
const WIDE = 5;
/** Up to this many are listed without being asked. */
const FEW = 8;

const VIEWS = [
  ['groups', 'Groups'],
  ['all', 'Every rule'],
  ['failed', 'Failed'],
  ['skipped', 'Skipped'],
  ['known', 'Known'],
] as const;

const CELLS = {
  passed: html`<td class=p>✓`,
  absent: html`<td>`,
  marks: { failed: ['f', '✗'], skipped: ['s', '–'], known: ['k', '!'] },
} as const;

/**
 * Reports as one page that needs nothing else: no script, no request (its policy forbids both), so that what an
 * adapter wrote into a message can do nothing there. Filters and folding are CSS. End tags that HTML lets one leave out
 * are left out, for size.
 */
export function toHtml(all: readonly Report[], options: HtmlOptions = {}): string {
  const { title = 'Conformance' } = options;
  // Adapters with failures come first: on a narrow screen the last columns are out of sight.
  const reports = all.toSorted((a, b) => Number(b.totals.failed > 0) - Number(a.totals.failed > 0));
  const notes = new Notes(reports);
  const totals = totalsOf(reports.flatMap(({ results }) => results));
  const page = html`<!doctype html>
<html lang=en><meta charset=utf-8>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name=viewport content="width=device-width, initial-scale=1"><meta name=color-scheme content="light dark">
<title>${verdict(totals)} – ${title}</title>
${STYLE}
<header><h1>${title}</h1><p class=${totals.failed > 0 ? 'bad' : 'good'}>${verdict(totals)}</p></header>
<main>
${adaptersTable(reports)}
${views(totals)}
<div class=scroll tabindex=0 role=region aria-label="Rules by adapter"><table class="matrix${reports.length > WIDE && ' tall'}">
<thead><tr><th scope=col>Rule${reports.map(({ adapter }) => html`<th scope=col><span>${adapter}</span>`)}</thead>
${matrixOf(reports).map((group) => body(group, notes))}
</table></div>
${failures(notes.failed)}
${knowns(notes.known)}
${skips(notes)}
</main></html>
`;
  return page.toString();
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function verdict({ rules, passed, failed, skipped, known }: Totals): string {
  const rest = [skipped > 0 && `${skipped} skipped with a reason`, known > 0 && `${known} known to fail`];
  const parts = [failed > 0 && `${failed} failed`, `${passed} of ${rules} proofs passed`, ...rest];
  return parts.filter((part) => part !== false).join(', ');
}

function adaptersTable(reports: readonly Report[]): Markup {
  const rows = reports.map(({ adapter, about = '', totals }) => {
    const { rules, passed, failed, skipped, known } = totals;
    return html`<tr><th scope=row>${adapter}<small>${about}</small><td>${rules}<td>${passed}<td${failed > 0 && html` class=f`}>${failed}<td>${skipped}<td>${known}
`;
  });
  const heads = ['rules', 'passed', 'failed', 'skipped', 'known'].map((name) => html`<th scope=col>${name}`);
  // Many would push the matrix off the screen.
  return html`<details${reports.length <= FEW && html` open`}><summary>${count(reports.length, 'adapter')}</summary>
<div class=wide><table class=adapters><thead><tr><th scope=col>Adapter${heads}</thead><tbody>
${rows}</table></div></details>`;
}

/** The filter: radio buttons that the style asks. Without a failure, groups are shown; with one, failures. */
function views(totals: Totals): Markup {
  const first = totals.failed > 0 ? 'failed' : 'groups';
  const radios = VIEWS.map(([id, label]) => {
    const count = id === 'groups' || id === 'all' ? undefined : totals[id];
    return html`<label><input type=radio name=view id=${id}${id === first && html` checked`}${count === 0 && html` disabled`}>${label}${count !== undefined && ` ${count}`}</label>`;
  });
  return html`<fieldset class=views><legend>Show</legend>${radios}</fieldset>`;
}

function body({ name, rows }: MatrixGroup, notes: Notes): Markup {
  const sums = (rows[0]?.cells ?? []).map((_, index) => {
    return totalsOf(rows.flatMap(({ cells }) => cells[index] ?? []));
  });
  const failed = sums.some((sum) => sum.failed > 0);
  const cells = sums.map((sum) => {
    const kind =
      sum.failed > 0 ? html` class=f` : sum.known > 0 ? html` class=k` : passedOf(sum) && html` class=p`;
    return html`<td${kind}>${passedOf(sum) ?? (sum.rules > 0 && '–')}`;
  });
  return html`<tbody class="${marks(rows)}"><tr class=g><th scope=rowgroup><label><input type=checkbox${failed && html` checked`}>${name}</label>${cells}
${rows.map((row) => line(row, notes))}`;
}

function line(row: MatrixRow, notes: Notes): Markup {
  const kinds = marks([row]);
  return html`<tr${kinds !== '' && html` class="${kinds}"`}><th scope=row><b>${row.id}</b>${sentence(row.says)}${row.cells.map((cell) => box(cell, notes))}
`;
}

function box(result: Result | undefined, notes: Notes): Markup {
  if (result === undefined) return CELLS.absent;
  if (result.status === 'passed') return CELLS.passed;
  const [kind, sign] = CELLS.marks[result.status];
  return html`<td class=${kind}><a href=#${notes.placeOf(result)}>${sign}</a>`;
}

/** Which kinds of result are among the rows: the filter goes by it. */
function marks(rows: readonly MatrixRow[]): string {
  const there = new Set(rows.flatMap(({ cells }) => cells.map((cell) => cell?.status)));
  return (['failed', 'skipped', 'known'] as const).filter((status) => there.has(status)).join(' ');
}

function failures(notes: readonly Note[]): Markup | undefined {
  if (notes.length === 0) return undefined;
  const items = notes.map(({ adapter, result: { id, says, error } }, index) => {
    const why = error && explain(error);
    const sides = why?.compared;
    return html`<li id=f${index}><b>${id}</b> <small>${adapter}</small><p>${sentence(says)}</p><pre>${why?.message}${
      sides &&
      html`
<i>expected</i> ${sides.expected}
<i>actual</i>   ${sides.actual}`
    }</pre>`;
  });
  return html`<section><h2>Failed</h2><ul>
${items}</ul></section>`;
}

function knowns(notes: readonly Note[]): Markup | undefined {
  if (notes.length === 0) return undefined;
  const items = notes.map(({ adapter, result: { id, reason } }, index) => {
    return html`<li id=k${index}><b>${id}</b> <small>${adapter}</small><p>${reason}</p>`;
  });
  return html`<section><h2>Known to fail</h2><ul>
${items}</ul></section>`;
}

function skips({ skipped }: Notes): Markup | undefined {
  if (skipped.length === 0) return undefined;
  const items = skipped.map(([reason, notes], index) => {
    const counts = new Map<string, number>();
    for (const { adapter } of notes) counts.set(adapter, (counts.get(adapter) ?? 0) + 1);
    const adapters = Array.from(counts, ([adapter, count]) => `${adapter} (${count})`).join(' · ');
    const many = counts.size > FEW;
    const sum = `${count(counts.size, 'adapter')}, ${count(notes.length, 'proof')}`;
    return html`<li id=s${index}><b>${reason}</b>${many ? html`<details><summary>${sum}</summary><p>${adapters}</p></details>` : html`<p>${adapters}</p>`}`;
  });
  return html`<section><h2>Skipped</h2><ul>
${items}</ul></section>`;
}
