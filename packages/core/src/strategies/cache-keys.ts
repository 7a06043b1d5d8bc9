import { CacheError } from '../error.ts';

const ESCAPES: Readonly<Record<string, string>> = { '%': '%25', '/': '%2F', '@': '%40', ':': '%3A' };

export interface CacheKeysOptions {
  /** Raise it when what is cached changes its shape: old entries are not found any more. Default: none. */
  readonly version?: number | string;
  /** Whose data it is: the same key of another tenant is another key. Default: none. */
  readonly tenant?: string;
}

/**
 * Makes keys of parts, such as `acme/user@3:42:profile`: tenant, kind, version, parts. Different ones give different keys:
 * `%` `/` `@` `:` in them are escaped.
 */
export class CacheKeys {
  readonly #start: string;

  /** @throws CacheError `INVALID_KEY` */
  constructor(kind: string, options: CacheKeysOptions = {}) {
    const { version, tenant } = options;
    const owner = tenant === undefined ? '' : `${escapePart(tenant)}/`;
    const edition = version === undefined ? '' : `@${escapePart(version)}`;
    this.#start = `${owner}${escapePart(kind)}${edition}`;
  }

  /** The key of an entity and what is cached of it. @throws CacheError `INVALID_KEY` */
  of(...parts: readonly (string | number | bigint)[]): string {
    if (parts.length === 0) throw new CacheError('INVALID_KEY', 'CacheKeys: a key needs at least one part');
    return `${this.#start}:${parts.map(escapePart).join(':')}`;
  }

  /** What all keys of these first parts begin with, for `deleteByPrefix`. */
  prefix(...parts: readonly (string | number | bigint)[]): string {
    return parts.length === 0 ? `${this.#start}:` : `${this.of(...parts)}:`;
  }
}

function escapePart(part: string | number | bigint): string {
  const isPart = typeof part === 'string' ? part !== '' : typeof part === 'bigint' || Number.isFinite(part);
  if (!isPart)
    throw new CacheError('INVALID_KEY', 'CacheKeys: a part must be a non-empty string or a number');
  return String(part).replace(/[%/@:]/g, (char) => ESCAPES[char] ?? char);
}
