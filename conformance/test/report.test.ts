import { describe, expect, test } from 'vitest';
import {
  adapterSuite,
  cacheSuite,
  type Report,
  type RuleStatus,
  toHtml,
  toJson,
  toMarkdown,
  totalsOf,
} from '../src/index.ts';

const EVIL = `</pre></p><script>alert('1')</script><img src=x onerror=alert(2)>" | \`\`\` \u001b[31m`;
const STATUSES: readonly RuleStatus[] = ['passed', 'passed', 'passed', 'failed', 'skipped', 'known'];

/** A report over every rule of the kit, with something of everything. */
function report(adapter: string, statuses: readonly RuleStatus[] = STATUSES): Report {
  const suites = [adapterSuite, cacheSuite];
  const results = suites.flatMap(({ name: suite, rules }) =>
    rules.map(({ id, says }, index) => {
      const status = statuses[index % statuses.length] ?? 'passed';
      const error = status === 'failed' ? { error: new Error(EVIL) } : {};
      const reason = status === 'skipped' || status === 'known' ? { reason: EVIL } : {};
      return { suite, id, says, status, ...error, ...reason, durationMs: 1 };
    }),
  );
  return { adapter, about: EVIL, results, totals: totalsOf(results) };
}

const reports = [report(EVIL), report('sound', ['passed'])];

describe('the page', () => {
  const page = toHtml(reports);

  test('has no tag, attribute or address of an author’s, and no control character', () => {
    const tags = new Set(Array.from(page.matchAll(/<([a-z0-9]+)/g), ([, name]) => name));
    expect(tags).not.toContain('script');
    expect(tags).not.toContain('img');
    expect(/<[^>]* on[a-z]+=/.test(page)).toBe(false);
    expect(/[^\P{Cc}\n]/u.test(page)).toBe(false);
    expect(page).toContain('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;');
  });

  test('asks the network for nothing, and its policy forbids it', () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(/<[^>]*\b(src|href)=(?!#)|url\(|@import|https?:/i.test(page)).toBe(false);
  });

  test('has each rule once, with its sentence, and a cell an adapter', () => {
    for (const { id } of reports[0]?.results ?? [])
      expect(page.split(`<b>${id}</b>`).length - 1).toBeLessThan(4);
    const rows = Array.from(page.matchAll(/<tr(?: class="[^"]*")?><th scope=row><b>.*\n/g), ([row]) => row);
    expect(rows.length).toBe(reports[0]?.results.length);
    for (const row of rows) expect(row.split('<td').length - 1).toBe(2);
    expect(page).toContain('A key under which nothing was written reads as undefined.');
  });

  test('leads from each cell that did not pass to what is told of it', () => {
    const places = new Set(Array.from(page.matchAll(/ id=([a-z]+\d+)/g), ([, id]) => id));
    const links = Array.from(page.matchAll(/href=#([a-z]+\d+)/g), ([, id]) => id);
    const [{ totals } = report('')] = reports;
    expect(links.length).toBe(totals.failed + totals.skipped + totals.known);
    for (const link of links) expect(places).toContain(link);
  });

  test('shows failures first where there are some, and groups where there are none', () => {
    expect(page).toMatch(/id=failed checked/);
    expect(toHtml([report('sound', ['passed'])])).toMatch(/id=groups checked/);
  });

  test('stays small: every rule on thirty adapters', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      report(`adapter ${index}`, ['passed', 'passed', 'skipped']),
    );
    // A rule of thirty adapters: its sentence, and a cell each.
    expect(toHtml(many).length).toBeLessThan(1000 * (many[0]?.results.length ?? 0));
  });

  test('leaves a cell empty where a rule was not asked', () => {
    const half = { ...report('half'), results: report('half').results.slice(0, 10) };
    expect(toHtml([report('whole'), half])).toMatch(/<td>\n/);
  });
});

describe('Markdown and JSON', () => {
  test('Markdown: a row of a table stays a row, a fence holds its text', () => {
    const text = toMarkdown(reports);
    expect(/[^\P{Cc}\n]/u.test(text)).toBe(false);
    expect(text.replaceAll(/^ {2}(`+)\n[\s\S]*?\n {2}\1$/gm, '')).not.toContain('<img');
    const [, fence = ''] = /^ {2}(`+)$/m.exec(text) ?? [];
    expect(fence.length).toBeGreaterThan(3);
    const [first = ''] = text.split('\n').filter((line) => line.startsWith('| &lt;/pre>'));
    expect(first.replaceAll('\\|', '').split('|').length - 1).toBe(8);
  });

  test('JSON: everything, errors as text', () => {
    const { totals, reports: plain } = JSON.parse(toJson(reports));
    expect(totals).toEqual(totalsOf(reports.flatMap(({ results }) => results)));
    expect(plain[0].results[3]).toMatchObject({ status: 'failed', error: EVIL });
  });
});
