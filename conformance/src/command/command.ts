import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AdapterHarness } from '../harness.ts';
import { toJson } from '../report/json.ts';
import { toMarkdown } from '../report/markdown.ts';
import { toHtml } from '../report/page.ts';
import { type Report, totalsOf } from '../report/report.ts';
import { run } from '../run.ts';
import { SUITES } from '../suites.ts';
import { type Arguments, HELP, messageOf, parseArguments, type ReportKind } from './arguments.ts';
import { printFindings } from './findings.ts';
import { loadHarnesses } from './harnesses.ts';
import { type Output, Screen } from './screen.ts';
import { select } from './selection.ts';
import { Table } from './table.ts';
import { UsageError } from './usage-error.ts';

/** What the command needs of its process. */
export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
}

export type ExitCode = 0 | 1 | 2;

const WRITERS: Readonly<Record<ReportKind, (reports: readonly Report[]) => string>> = {
  json: toJson,
  markdown: toMarkdown,
  html: toHtml,
};

/** `cache-conformance`. Never rejects: what is wrong with its use is written to stderr. */
export async function command(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    const asked = parseArguments(argv);
    if (asked === 'help') around.stdout.write(HELP);
    else if (asked === 'version') around.stdout.write(`${await version()}\n`);
    else return await prove(asked, new Screen(around.stdout, around.env));
    return 0;
  } catch (error) {
    // Anything else is a defect of the kit, whose stack is wanted.
    const text = error instanceof Error && !(error instanceof UsageError) ? error.stack : messageOf(error);
    around.stderr.write(`cache-conformance: ${text}\n`);
    return 2;
  }
}

async function prove(asked: Arguments, screen: Screen): Promise<ExitCode> {
  const only = select(asked.only, asked.suites);
  const harnesses = await loadHarnesses(asked.file, asked.adapter);
  const several = harnesses.length > 1 || asked.adapter !== undefined;
  const reports: Report[] = [];
  for (const harness of harnesses) {
    const report = await proveOne(harness, asked, only, screen);
    const rerun = ['npx', 'cache-conformance', asked.file];
    printFindings(screen, report, several ? [...rerun, '--adapter', harness.name] : rerun);
    reports.push(report);
  }
  await write(asked.reports, reports, screen);
  const { rules, passed, failed, skipped, known } = totalsOf(reports.flatMap(({ results }) => results));
  const sum = `${rules} rules: ${passed} passed, ${failed} failed, ${skipped} skipped, ${known} known to fail`;
  screen.line(`\n${screen.paint(failed > 0 ? 'red' : 'green', sum)}`);
  return failed > 0 ? 1 : 0;
}

async function proveOne(
  harness: AdapterHarness,
  { suites }: Arguments,
  only: readonly string[] | undefined,
  screen: Screen,
): Promise<Report> {
  const about = await harness.about?.();
  screen.line(`\n${screen.paint('bold', harness.name)}${about === undefined ? '' : ` on ${about}`}`);
  const total = only?.length ?? suites.reduce((sum, suite) => sum + SUITES[suite].rules.length, 0);
  const table = new Table(screen);
  let count = 0;
  const report = await run(harness, {
    suites,
    ...(only !== undefined && { only }),
    onRule(id) {
      count += 1;
      screen.status(`${count}/${total} ${id}`);
    },
    onResult: (result) => table.add(result),
  });
  table.end();
  return report;
}

async function write(files: Arguments['reports'], reports: readonly Report[], screen: Screen): Promise<void> {
  if (Object.keys(files).length > 0) screen.line();
  for (const kind of ['json', 'markdown', 'html'] as const) {
    const file = files[kind];
    if (file === undefined) continue;
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, WRITERS[kind](reports));
    } catch (error) {
      throw new UsageError(`The report ${file} could not be written: ${messageOf(error)}`);
    }
    screen.line(`Report: ${file}`);
  }
}

async function version(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '';
}
