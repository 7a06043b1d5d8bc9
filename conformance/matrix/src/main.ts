import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { type Report, toHtml, toJson, toMarkdown, totalsOf } from '@cache/conformance';
import { cells } from './cells.ts';
import { type Proof, prove } from './proofs.ts';
import { row, tableHead } from './table.ts';

// `pnpm conformance` proves all cells, `pnpm conformance valkey memory` those whose name has one of these words.

const REPORTS = new URL('../../../reports/', import.meta.url);

const words = process.argv.slice(2);
const chosen = cells.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(`nothing is named so; there are: ${cells.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const reports: Report[][] = chosen.map(() => []);
const broken: string[] = [];
const waiting = chosen.entries();

console.log(tableHead());
await Promise.all(Array.from({ length: availableParallelism() }, proveNext));

await mkdir(REPORTS, { recursive: true });
const all = reports.flat();
await writeFile(new URL('conformance.json', REPORTS), toJson(all));
await writeFile(new URL('conformance.md', REPORTS), toMarkdown(all));
await writeFile(new URL('conformance.html', REPORTS), toHtml(all));
const { rules, passed, failed, skipped, known } = totalsOf(all.flatMap(({ results }) => results));
console.log(
  `\n${all.length} rows, ${rules} proofs: ${passed} passed, ${failed} failed, ${skipped} skipped with a reason, ` +
    `${known} known to fail.\nreports/conformance.html (and .md, .json) says which were skipped, and why.`,
);
for (const message of broken) console.error(message);
process.exitCode = failed === 0 && broken.length === 0 ? 0 : 1;

/** Takes cells as long as there are any; several do so side by side. */
async function proveNext(): Promise<void> {
  for (const [index, cell] of waiting) {
    try {
      await prove(cell, (proof) => {
        reports[index]?.push(proof.report);
        print(proof);
      });
    } catch (error) {
      broken.push(String(error));
    }
  }
}

function print({ report, durationMs }: Proof): void {
  console.log(row(report, durationMs));
  for (const { id, error } of report.results) {
    if (error !== undefined) console.log(`    ${id}: ${error.message.split('\n')[0]}`);
  }
}
