import { describe, expect, test } from 'vitest';
import type { Question } from '../src/questions.ts';
import { comparison, verdict } from '../src/report.ts';
import { type Measured, percentile, type Run, run } from '../src/run.ts';
import { type Output, Screen } from '../src/screen.ts';
import { tableOf } from '../src/table.ts';

const measured = (requests: number, queries: number, p50: number, p99: number): Measured => {
  return { requests, queries, p50, p99 };
};
const runOf = (total: Measured, rest: Measured): Run => {
  return { total, byKind: { search: rest, nearest: rest, country: rest }, answers: [] };
};
const without = runOf(measured(15_000, 15_000, 2, 9), measured(5_000, 5_000, 2, 9));
const cached = runOf(measured(15_000, 7_500, 0.0625, 12.34), measured(5_000, 2_500, 0.0625, 12.34));

describe('table', () => {
  test('text stands left, numbers right, the total under a rule', () => {
    const columns = [{ heading: 'what' }, { heading: 'speed', parts: ['a', 'b'] }, { heading: 'n' }];
    const rows = [
      ['one', '1', '22', '3'],
      ['total', '1000', '2', '3'],
    ];
    expect(tableOf(columns, rows)).toEqual([
      'what      speed  n',
      '          a   b',
      '------------------',
      'one       1  22  3',
      '------------------',
      'total  1000   2  3',
    ]);
  });

  test('a heading wider than its columns pushes them apart', () => {
    const columns = [{ heading: 'x' }, { heading: 'a long heading', parts: ['a', 'b'] }];
    const lines = tableOf(columns, [['total', '1', '2']]);
    expect(lines[0]).toHaveLength(lines[2]?.length ?? 0);
    expect(lines.at(-1)).toHaveLength(lines[2]?.length ?? 0);
  });

  test('the comparison fits 80 columns and has no escape codes', () => {
    const lines = comparison(without, cached);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toMatch(/^total +15,000 +50\.0 % +2\.00 +0\.063 +9\.00 +12\.3 +15,000 +7,500$/);
    expect(lines.join('')).not.toContain('\u001b');
  });

  test('a kind that nobody asked for has no times', () => {
    const none = runOf(measured(1, 1, 1, 1), measured(0, 0, Number.NaN, Number.NaN));
    expect(comparison(none, none).join('\n')).not.toContain('NaN');
  });

  test('the verdict says what happened, also when it is no gain', () => {
    expect(verdict(without, cached)).toBe(
      'The cache spared the database 50.0 % of the queries: p50 2.00 → 0.063 ms, p99 9.00 → 12.3 ms.',
    );
  });
});

describe('measuring', () => {
  test('percentiles are values that were measured', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
    expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([7], 0.99)]).toEqual([50, 99, 7]);
    expect(percentile([], 0.5)).toBeNaN();
  });

  test('every question is asked once, in order, by few at a time, and its queries are counted', async () => {
    const questions = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(
      (prefix): Question => ({ kind: 'search', prefix }),
    );
    const queries = { search: 10, nearest: 0, country: 0 };
    const asked: Question[] = [];
    let under = 0;
    let most = 0;
    const ask = async (question: Question) => {
      asked.push(question);
      queries.search += 1;
      most = Math.max(most, ++under);
      await new Promise((resolve) => setTimeout(resolve, 2));
      under -= 1;
      return [];
    };
    const fractions: number[] = [];
    const result = await run(questions, ask, queries, (fraction) => fractions.push(fraction));
    expect(asked).toEqual(questions);
    expect(most).toBe(4);
    expect(result.byKind.search).toMatchObject({ requests: 7, queries: 7 });
    expect(result.total.p50).toBeGreaterThan(1);
    expect(result.byKind.country.requests).toBe(0);
    expect(fractions.at(-1)).toBe(1);
  });
});

describe('screen', () => {
  const printed = (
    output: Partial<Output>,
    environment: Record<string, string>,
    label = 'Loading',
  ): string => {
    let text = '';
    const screen = new Screen({ ...output, write: (part) => (text += part) }, environment);
    const progress = screen.progress(label);
    for (const fraction of [0.1, 0.25, 0.5, 0.99, 1]) progress.update(fraction);
    progress.done('all');
    screen.line(screen.bold('end'));
    return text;
  };

  test('without a terminal: a line every 20 % and no codes', () => {
    const expected =
      /^ {2}Loading … 20 %\n {2}Loading … 40 %\n {2}Loading … 80 %\n {2}Loading: all \(0\.0 s\)\nend\n$/;
    expect(printed({}, {})).toMatch(expected);
    expect(printed({ isTTY: true }, { TERM: 'dumb' })).toMatch(expected);
  });

  test('on a terminal: one line that is rewritten, and colour unless NO_COLOR', () => {
    // Some pseudo-terminals say that they have 0 columns.
    const plain = printed({ isTTY: true, columns: 0 }, { NO_COLOR: '1' });
    expect(plain.split('\n')).toHaveLength(3);
    expect(plain).toContain('\r  Loading … 99 %');
    expect(plain).not.toContain('\u001b');
    const long = 'Loading and indexing many places';
    expect(printed({ isTTY: true, columns: 0 }, {}, long)).toContain(`${long} … 99 %`);
    expect(printed({ isTTY: true, columns: 80 }, { NO_COLOR: '' })).toContain('\u001b[1mend\u001b[0m');
  });
});
