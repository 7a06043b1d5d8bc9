import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

/** Why a rule failed, for people. */
export interface Explanation {
  readonly message: string;
  /** What was compared, where the rule compared something. */
  readonly compared?: { readonly expected: string; readonly actual: string };
  /** Where it was thrown, the innermost first: the rule's line, or the adapter's. */
  readonly at: readonly string[];
}

/** As much of an `AssertionError` as is needed: of whatever realm, since jest has one of its own. */
interface Assertion extends Error {
  readonly code: 'ERR_ASSERTION';
  readonly operator?: unknown;
  readonly generatedMessage?: unknown;
  readonly expected?: unknown;
  readonly actual?: unknown;
}

/** Comparisons whose two sides say more than their message. `ok` and `fail` have nothing to compare. */
const COMPARES = /^(strictEqual|deepStrictEqual|partialDeepStrictEqual|equal|deepEqual|match)$/;
const FRAMES = 4;
/** What runs the rules is of no interest to whoever breaks one. */
const KIT = fileURLToPath(new URL('../', import.meta.url));
const RULES = fileURLToPath(new URL('../rules/', import.meta.url));

/** What an error says, what it compared, and where it comes from. */
export function explain(error: Error): Explanation {
  const at = framesOf(error);
  if (!isAssertion(error) || !COMPARES.test(String(error.operator))) return { message: messageOf(error), at };
  const compared = { expected: show(error.expected), actual: show(error.actual) };
  // Node's own message, and what it puts below a rule's, is a diff of the two sides, which follow anyway.
  const [own = ''] = error.message.split('\n\n');
  const message = error.generatedMessage === true ? (lineOf(error) ?? 'not as expected') : own;
  return { message, compared, at };
}

/** The line of the rule that a bare comparison stands on, since that says what was compared. */
function lineOf(error: Error): string | undefined {
  const [place] = placesOf(error);
  if (place === undefined || !place.path.startsWith(RULES)) return undefined;
  try {
    return readFileSync(place.path, 'utf8').split('\n')[place.row - 1]?.trim();
  } catch {
    return undefined;
  }
}

function isAssertion(error: Error): error is Assertion {
  return 'code' in error && error.code === 'ERR_ASSERTION';
}

/** The message with its causes: the kit's errors wrap what a driver threw. */
function messageOf(error: Error): string {
  const lines = causesOf(error).map(({ name, message }) =>
    name === 'Error' ? message : `${name}: ${message}`,
  );
  const [own = '', ...causes] = isAssertion(error) ? [error.message, ...lines.slice(1)] : lines;
  // Some messages quote their cause already.
  return [own, ...causes.filter((cause) => !own.includes(cause)).map((cause) => `because of ${cause}`)].join(
    '\n',
  );
}

/** An error and what it was caused by, down to a bound: causes may go round in a circle. */
function causesOf(error: Error): Error[] {
  const chain = [error];
  for (let { cause } = error; cause instanceof Error && chain.length < 4; { cause } = cause)
    chain.push(cause);
  return chain;
}

function show(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: 100, maxArrayLength: 20, maxStringLength: 300 });
}

/** Where an error comes from, as paths from here. */
function framesOf(error: Error): string[] {
  return placesOf(error).map(({ path, row }) => `${relative(process.cwd(), path)}:${row}`);
}

/** The places of the innermost error's stack that are the author's or a rule's. */
function placesOf(error: Error): { readonly path: string; readonly row: number }[] {
  const places: { path: string; row: number }[] = [];
  const { stack = '' } = causesOf(error).at(-1) ?? error;
  for (const line of stack.split('\n')) {
    const found = /^\s+at (?:.*\()?((?:file:\/\/)?\/[^()]+|[A-Za-z]:\\[^()]+):(\d+):\d+\)?$/.exec(line);
    const [, where = '', row = ''] = found ?? [];
    const path = where.startsWith('file:') ? fileURLToPath(where) : where;
    if (path === '' || (path.startsWith(KIT) && !path.startsWith(RULES)) || places.length === FRAMES)
      continue;
    places.push({ path, row: Number(row) });
  }
  return places;
}
