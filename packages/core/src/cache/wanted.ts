import { CacheError } from '../error.ts';
import { globMatcher } from '../text/glob.ts';
import type { KeysOptions } from './options.ts';

const PAGE_SIZE = 1000;
const MOST_PAGE_SIZE = 100_000;
/** What a glob costs grows with its length. */
const MAX_PATTERN = 1000;

/** Which keys a walk over a namespace is about, and how many of the server's it looks at in one step. */
export interface Wanted {
  readonly pageSize: number;
  matches(key: string): boolean;
}

/** @throws CacheError `INVALID_OPTION` */
export function wantedOf(operation: string, options: KeysOptions): Wanted {
  const { pageSize = PAGE_SIZE, prefix = '', pattern } = options;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MOST_PAGE_SIZE) {
    throw invalid(operation, `pageSize must be a whole number from 1 to ${MOST_PAGE_SIZE}`);
  }
  if (!isText(prefix)) throw invalid(operation, 'prefix must be well-formed text');
  if (pattern === undefined) return { pageSize, matches: (key) => key.startsWith(prefix) };
  if (!isText(pattern) || pattern === '' || pattern.length > MAX_PATTERN) {
    throw invalid(operation, `pattern must be a glob, well-formed text of 1 to ${MAX_PATTERN} characters`);
  }
  const accepts = globMatcher(pattern);
  return { pageSize, matches: (key) => key.startsWith(prefix) && accepts(key.slice(prefix.length)) };
}

/** What a method that removes takes must be given, and the prefix not be empty, which would be everything. */
export function checkGiven(operation: string, what: 'prefix' | 'pattern', text: unknown): void {
  if (text === undefined) throw invalid(operation, `takes a ${what}`);
  if (text === '' && what === 'prefix') {
    throw invalid(operation, 'takes a prefix that is not empty; to remove every entry, call clear()');
  }
}

function isText(text: unknown): text is string {
  return typeof text === 'string' && text.isWellFormed();
}

function invalid(operation: string, problem: string): CacheError {
  return new CacheError('INVALID_OPTION', `${operation}: ${problem}`, { operation });
}
