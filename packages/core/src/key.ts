import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ScanMatch } from './contract/facets.ts';
import { CacheError, quoteKey } from './error.ts';
import { byteLength, encodeText } from './text/utf8.ts';

/**
 * The key codec. A server key is `{<namespace path>}<kind>:<rest>`.
 *
 * Injective by construction: `%`, `/`, `{`, `}` and `#` are escaped in the names of a path, so the first `}` ends it; the
 * kind is one letter; the rest is the caller's key as it came. The braces make the path a Redis Cluster hash tag, so
 * that whatever scripts touch together shares a slot.
 */
export type KeyKind =
  /** a value under its own key */
  | 'v'
  /** a value whose key is hashed, because it is too long for the server */
  | 'h'
  /** the namespace record */
  | 'r'
  /** a counter: `<epoch>:<key>` */
  | 'n'
  /** the marker of a tag */
  | 't'
  /** a lease beside a stale value */
  | 'l';

/** The longest key, in UTF-8 bytes: what the entry's header can keep of it. */
export const MAX_KEY_BYTES = 65_535;

/** `#` stands before the bucket's number where a namespace is split. */
const ESCAPES: Readonly<Record<string, string>> = {
  '%': '%25',
  '/': '%2F',
  '{': '%7B',
  '}': '%7D',
  '#': '%23',
};

/** A key as the server sees it, and whether the entry must carry the original. */
export interface ServerKey {
  readonly text: string;
  readonly hashed: boolean;
}

/**
 * Checks a caller's key.
 * @throws CacheError `INVALID_KEY` when it is not a string, empty, over 65,535 bytes, or holds a lone surrogate, which
 * UTF-8 would turn into the same replacement character for different keys
 */
export function checkKey(key: unknown, operation: string): asserts key is string {
  if (typeof key !== 'string')
    throw invalidKey(operation, undefined, `a key must be a string, not ${kindOf(key)}`);
  if (key.length === 0) throw invalidKey(operation, key, 'a key must not be empty');
  if (!key.isWellFormed()) {
    throw invalidKey(operation, key, 'a key must be well-formed Unicode; this one holds a lone surrogate');
  }
  // A string of n UTF-16 units has at most 3n bytes: only a long one needs counting.
  if (key.length * 3 > MAX_KEY_BYTES && byteLength(key) > MAX_KEY_BYTES) {
    const reason = `a key has at most ${MAX_KEY_BYTES} bytes in UTF-8, this one has ${byteLength(key)}; hash it yourself`;
    throw invalidKey(operation, key, reason);
  }
}

/** Whether a key is surely one that `checkKey` takes; of a long one that is not said. */
export function isKey(key: unknown): key is string {
  return typeof key === 'string' && key.length > 0 && key.length * 3 <= MAX_KEY_BYTES && key.isWellFormed();
}

/**
 * The namespace path of server keys, from its names; names follow the rules of keys.
 * @param bucket the part of the namespace, where it is split
 */
export function namespacePath(names: readonly string[], bucket?: number): string {
  const path = names.map((name) => name.replace(/[%/{}#]/g, (char) => ESCAPES[char] ?? char)).join('/');
  return bucket === undefined ? `{${path}}` : `{${path}#${bucket}}`;
}

/**
 * What decides which node a key lives on, where there are several: what is between its first `{` and the next `}`, or
 * all of it where there is nothing (the hash tag of Redis Cluster).
 */
export function hashTag(key: string): string {
  const open = key.indexOf('{');
  if (open === -1) return key;
  const close = key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : key;
}

/** What a server key adds to its path at most: kind, separator and a hash. */
const MAX_SUFFIX_BYTES = 66;

/** @throws CacheError `INVALID_KEY` when a path leaves no room for a key */
export function checkPath(path: string, maxKeyBytes: number): void {
  const most = maxKeyBytes - MAX_SUFFIX_BYTES;
  if (byteLength(path) <= most) return;
  throw new CacheError(
    'INVALID_KEY',
    `namespace ${quoteKey(path)}: the path must not exceed ${most} bytes with this adapter`,
  );
}

/** The server key of a value. */
export function valueKey(path: string, key: string, maxKeyBytes: number): ServerKey {
  const text = `${path}v:${key}`;
  if (text.length * 3 <= maxKeyBytes || byteLength(text) <= maxKeyBytes) return { text, hashed: false };
  return { text: `${path}h:${hashKey(key)}`, hashed: true };
}

/** The length up to which the value of a key is surely under that key, and not under its hash. */
export function longestPlainKey(path: string, maxKeyBytes: number): number {
  return Math.floor(maxKeyBytes / 3) - path.length - 'v:'.length;
}

/** The server key of something that is not a value. */
export function otherKey(
  path: string,
  kind: Exclude<KeyKind, 'v' | 'h'>,
  name: string,
  maxKeyBytes: number,
): string {
  const text = `${path}${kind}:${name}`;
  if (text.length * 3 <= maxKeyBytes || byteLength(text) <= maxKeyBytes) return text;
  // Not a prefix of an unhashed one: a tilde cannot follow an epoch or stand for a name of this length.
  return `${path}${kind}~${hashKey(name)}`;
}

/** What finds every value of a namespace, split or not, and perhaps more. */
export function valuesMatch(names: readonly string[], split: boolean): ScanMatch {
  return { prefix: namespacePath(names).slice(0, -1), glob: split ? '#*}[vh]:*' : '}[vh]:*' };
}

/** What stands behind the path in a server key; undefined = it is none. */
export function keyOf(serverKey: string): { readonly kind: string; readonly rest: string } | undefined {
  const kind = serverKey.indexOf('}') + 1;
  if (kind === 0 || serverKey[kind + 1] !== ':') return undefined;
  return { kind: serverKey.charAt(kind), rest: serverKey.slice(kind + 2) };
}

/** SHA-256 in hexadecimal: 64 characters. */
function hashKey(key: string): string {
  return bytesToHex(sha256(encodeText(key)));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}

function invalidKey(operation: string, key: string | undefined, reason: string): CacheError {
  const about = key === undefined ? operation : `${operation} ${quoteKey(key)}`;
  return new CacheError('INVALID_KEY', `${about}: ${reason}`, { operation, key });
}
