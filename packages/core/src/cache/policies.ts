import { CacheError } from '../error.ts';
import type { LoadPolicy } from './load-options.ts';
import type { EntryOptions } from './options.ts';

/** What values of one kind have in common. */
export interface EntryPolicy extends Omit<EntryOptions, 'policy'>, LoadPolicy {}

export type Policies = Readonly<Record<string, EntryPolicy>>;

/** Lives by kind of data. */
export const DEFAULT_POLICIES: Policies = {
  static: { ttl: '24h' },
  user: { ttl: '30m' },
  session: { ttl: '20m' },
  temporary: { ttl: '5m' },
  lock: { ttl: '30s' },
};

/**
 * The options with those of the policy that they name under them.
 * @throws CacheError `INVALID_OPTION` for a policy that nobody defined
 */
export function withPolicy<O extends { readonly policy?: string } & Pick<EntryOptions, 'ttl' | 'expiresAt'>>(
  policies: Policies,
  options: O,
  operation: string,
): O {
  if (options.policy === undefined) return options;
  const named = Object.hasOwn(policies, options.policy) ? policies[options.policy] : undefined;
  if (named === undefined) {
    const message = `${operation}: there is no policy ${JSON.stringify(options.policy)}; there are ${Object.keys(policies).join(', ')}`;
    throw new CacheError('INVALID_OPTION', message, { operation });
  }
  // An end that is given replaces the other way to give one.
  const { ttl, expiresAt, ...rest } = named;
  const ended = options.ttl !== undefined || options.expiresAt !== undefined;
  const end = { ...(ttl !== undefined && { ttl }), ...(expiresAt !== undefined && { expiresAt }) };
  return { ...rest, ...(!ended && end), ...options };
}
