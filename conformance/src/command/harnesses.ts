import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FACETS } from '@cache/core';
import type { AdapterHarness } from '../harness.ts';
import { within } from '../kit/check.ts';
import { SUITES } from '../suites.ts';
import { messageOf } from './arguments.ts';
import { UsageError } from './usage-error.ts';

const OPEN_MS = 30_000;

/** The harnesses that a file exports, opened once each to see that they work. @throws UsageError */
export async function loadHarnesses(file: string, adapter: string | undefined): Promise<AdapterHarness[]> {
  const exported = await importDefault(file);
  const list: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  const harnesses = list.map((value, index) => {
    return checked(
      value,
      Array.isArray(exported) ? `Harness ${index + 1} of ${file}` : `The harness of ${file}`,
    );
  });
  if (harnesses.length === 0)
    throw new UsageError(`${file} exports an empty list: there is nothing to prove.`);
  const chosen = harnesses.filter(({ name }) => adapter === undefined || name.includes(adapter));
  if (chosen.length === 0) {
    const names = harnesses.map(({ name }) => name).join('; ');
    throw new UsageError(`No harness has "${adapter}" in its name. There are: ${names}.`);
  }
  for (const harness of chosen) await opens(harness);
  return chosen;
}

async function importDefault(file: string): Promise<unknown> {
  const loaded = await load(file);
  if (loaded.default !== undefined) return loaded.default;
  const names = Object.keys(loaded).join(', ');
  throw new UsageError(
    `${file} has no default export${names && ` (but ${names})`}. Export the harness: export default { name, expects, open }.`,
  );
}

async function load(file: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new UsageError(
        `Node ${process.versions.node} cannot run ${file}. Build it, and name the .js file; or use a loader: node --import tsx node_modules/.bin/cache-conformance ${file}`,
      );
    }
    // The file itself, not something that it imports.
    if (code === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${resolve(file)}'`)) {
      throw new UsageError(`There is no file ${resolve(file)}. The path is taken from the current folder.`);
    }
    const stack = error instanceof Error ? error.stack : undefined;
    throw new UsageError(`${file} could not be loaded:\n${stack ?? messageOf(error)}`);
  }
}

/** @throws UsageError */
function checked(value: unknown, what: string): AdapterHarness {
  if (isHarness(value)) return value;
  throw new UsageError(`${what} ${problemOf(value)}`);
}

function isHarness(value: unknown): value is AdapterHarness {
  return problemOf(value) === undefined;
}

/** What is wrong with a harness, with the remedy. */
function problemOf(value: unknown): string | undefined {
  if (!isObject(value)) {
    return `is ${value === null ? 'null' : `a ${typeof value}`}, not an object { name, expects, open }.`;
  }
  const { name, expects, open, known = {} } = value;
  if (typeof name !== 'string' || name === '') return 'has no name: give it one, for the report.';
  if (typeof open !== 'function') {
    return 'has no function open. It opens an adapter: async open({ prefix }) { … }';
  }
  if (!Array.isArray(expects)) {
    return 'has no list expects. It names the facets of the adapter; without any: expects: []';
  }
  const facets: readonly string[] = FACETS;
  const stranger = expects.find((facet) => !facets.includes(facet));
  if (stranger !== undefined) {
    return `expects ${String(stranger)}, which is no facet. There are: ${FACETS.join(', ')}.`;
  }
  if (!isObject(known)) return "has a known that is not { 'rule/id': 'reason and link' }.";
  const ids = new Set(Object.values(SUITES).flatMap(({ rules }) => rules.map(({ id }) => id)));
  const wrong = Object.keys(known).find((id) => !ids.has(id));
  return wrong && `knows that ${wrong} fails, but there is no such rule: take it off known.`;
}

/** Otherwise every rule would fail for the one reason. */
async function opens({ name, open }: AdapterHarness): Promise<void> {
  try {
    const opened: unknown = await within(
      OPEN_MS,
      'open',
      Promise.resolve(open({ prefix: 'conformance:open:', room: 1000 })),
    );
    if (!isObject(opened) || !isObject(opened.adapter)) throw new Error('it answered no { adapter }');
    const dispose: unknown = Reflect.get(opened, Symbol.asyncDispose);
    if (typeof dispose !== 'function') {
      throw new Error(
        'its answer has no [Symbol.asyncDispose]() { … }, which ends the adapter after each rule',
      );
    }
    await within(OPEN_MS, '[Symbol.asyncDispose]', Promise.resolve(dispose.call(opened)));
  } catch (error) {
    throw new UsageError(`The harness "${name}" could not open its adapter: ${messageOf(error)}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
