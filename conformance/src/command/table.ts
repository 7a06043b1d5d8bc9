import type { RuleResult } from '../execute.ts';
import { groupOf, type Totals, totalsOf } from '../report/report.ts';
import type { Screen } from './screen.ts';

const COLUMNS = ['rules', 'passed', 'failed', 'skipped', 'known'] as const;
const WIDTH = 22;

/** A row a group of rules, printed as soon as the group has ended. */
export class Table {
  readonly #screen: Screen;
  readonly #all: RuleResult[] = [];
  #group: RuleResult[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
    const heads = COLUMNS.map((name) => name.padStart(8)).join('');
    screen.line(screen.paint('dim', `  ${'group'.padEnd(WIDTH)}${heads}${'time'.padStart(10)}`));
  }

  add(result: RuleResult): void {
    const [first] = this.#group;
    if (first !== undefined && groupOf(first.id) !== groupOf(result.id)) this.#flush();
    this.#group.push(result);
    this.#all.push(result);
  }

  end(): void {
    this.#flush();
    this.#row('all', this.#all);
  }

  #flush(): void {
    const [first] = this.#group;
    if (first !== undefined) this.#row(groupOf(first.id), this.#group);
    this.#group = [];
  }

  #row(name: string, results: readonly RuleResult[]): void {
    const totals = totalsOf(results);
    const seconds = results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000;
    const cells = COLUMNS.map((column) => this.#cell(column, totals)).join('');
    this.#screen.line(
      `${this.#sign(totals)} ${name.padEnd(WIDTH)}${cells}${`${seconds.toFixed(1)} s`.padStart(10)}`,
    );
  }

  #sign({ failed, rules, skipped }: Totals): string {
    if (failed > 0) return this.#screen.paint('red', '✗');
    return skipped === rules ? this.#screen.paint('dim', '–') : this.#screen.paint('green', '✓');
  }

  #cell(column: (typeof COLUMNS)[number], totals: Totals): string {
    const text = String(totals[column] === 0 && column !== 'rules' ? '·' : totals[column]).padStart(8);
    if (totals[column] === 0) return this.#screen.paint('dim', text);
    if (column === 'failed') return this.#screen.paint('red', text);
    return column === 'known' ? this.#screen.paint('yellow', text) : text;
  }
}
