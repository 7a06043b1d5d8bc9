import { parseArgs } from 'node:util';
import type { SuiteName } from '../suites.ts';
import { UsageError } from './usage-error.ts';

/** What the command was asked to do. */
export interface Arguments {
  readonly file: string;
  readonly suites: readonly SuiteName[];
  /** Beginnings of ids; empty = every rule. */
  readonly only: readonly string[];
  /** A part of the names of harnesses; undefined = all. */
  readonly adapter: string | undefined;
  /** Where to write which report. */
  readonly reports: Readonly<Partial<Record<ReportKind, string>>>;
}

export type ReportKind = 'json' | 'markdown' | 'html';

export const HELP = `Proves that a cache adapter keeps the contract of @cache/core.

Usage: cache-conformance <harness file> [options]

The file's default export is a harness, or a list of harnesses:

  export default {
    name: 'my adapter',
    expects: ['counters'],               // exactly the facets that it is to have
    async open({ prefix }) {
      const adapter = myAdapter({ prefix });
      return { adapter, [Symbol.asyncDispose]: () => adapter.close() };
    },
  };

Options:
  --only <prefix>      only rules whose id begins so, such as write or write/replaces-ttl; may be repeated
  --suite <name>       adapter (the contract of adapters) or cache (createCache over it); default: both
  --adapter <text>     of a list of harnesses, those whose name has this in it
  --json <file>        writes a report for programs
  --markdown <file>    writes a report as Markdown
  --html <file>        writes a report as one page for browsers
  --help, --version

Exit code: 0 = every rule passed, was skipped with a reason or is known to fail; 1 = a rule failed;
2 = nothing was proved: wrong arguments, or a harness that cannot be used.
`;

/** @returns 'help' or 'version' where that was asked for @throws UsageError */
export function parseArguments(argv: readonly string[]): Arguments | 'help' | 'version' {
  const { values, positionals } = parse(argv);
  if (values.help === true) return 'help';
  if (values.version === true) return 'version';
  const [file, second] = positionals;
  if (file === undefined) throw new UsageError('Which harness? Name its file: cache-conformance harness.mjs');
  if (second !== undefined) {
    throw new UsageError(
      `One harness file at a time: ${file} or ${second}? A file can export a list of harnesses.`,
    );
  }
  const { json, markdown, html } = values;
  return {
    file,
    suites: suitesOf(values.suite),
    only: values.only ?? [],
    adapter: values.adapter,
    reports: {
      ...(json !== undefined && { json }),
      ...(markdown !== undefined && { markdown }),
      ...(html !== undefined && { html }),
    },
  };
}

const OPTIONS = {
  only: { type: 'string', multiple: true },
  suite: { type: 'string' },
  adapter: { type: 'string' },
  json: { type: 'string' },
  markdown: { type: 'string' },
  html: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

type Parsed = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>;

function parse(argv: readonly string[]): Parsed {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\ncache-conformance --help lists the options.`);
  }
}

function suitesOf(name: string | undefined): readonly SuiteName[] {
  if (name === undefined) return ['adapter', 'cache'];
  if (name === 'adapter' || name === 'cache') return [name];
  throw new UsageError(`There is no suite ${name}. It is adapter or cache; without --suite, both.`);
}

/** What an error says, or anything else that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
