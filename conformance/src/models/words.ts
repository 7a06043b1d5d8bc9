import { type Failure, failed, type Outcome } from '@cache/core';

/** A call of an adapter in words, with its conditions. Keys are told by their ends: they begin alike. */
export function sayBatch(
  name: string,
  items: readonly unknown[],
  sayKey: (key: string) => string = lastPart,
): string {
  return `${name} ${items.map((item) => sayItem(item, sayKey)).join(', ')}`;
}

function sayItem(item: unknown, sayKey: (key: string) => string): string {
  if (typeof item === 'string') return sayKey(item);
  const { key, when, by } = item as { key: string; when?: unknown; by?: unknown };
  const condition = when === undefined ? '' : typeof when === 'string' ? ` if ${when}` : ' on its version';
  return `${sayKey(key)}${by === undefined ? '' : ` by ${String(by)}`}${condition}`;
}

/** A key by its end, the same in every namespace. */
export function lastPart(key: string): string {
  // A namespace's record ends with nothing but its kind.
  const match = /\}([a-z]):(?:[0-9a-f]+:)?(.*)$/.exec(key);
  if (match === null) return key.slice(key.lastIndexOf(':') + 1);
  const [, kind = '', rest = ''] = match;
  return kind === 'r' ? 'the record' : kind === 'n' ? `counter ${rest}` : rest;
}

/** What a caller is told of a call whose answer is lost. */
export function lostOutcomes<T>(count: number): Outcome<T>[] {
  return Array.from({ length: count }, () => failed(LOST));
}

const LOST: Failure = {
  code: 'UNAVAILABLE',
  message: 'the connection was lost',
  retryable: true,
  outcome: 'unknown',
};

/** An answer in words. */
export function sayValue(value: unknown): string {
  return typeof value === 'bigint' ? String(value) : value === undefined ? 'nothing' : JSON.stringify(value);
}

/** A failure in words: by what it says of its effect, where it does. */
export function sayError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, outcome } = error as { code?: unknown; outcome?: unknown };
  return code === undefined ? error.message : `${String(code)}, ${String(outcome)}`;
}
