import { CacheError } from '@cache/core';

/** Options of `createClient` that name a server. */
export interface ServerOptions {
  readonly socket: { readonly host: string; readonly port: number; readonly tls?: true };
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
  readonly name?: string;
}

/**
 * The options that a URL stands for. Read here and not by node-redis, where a URL wins over options.
 * @throws CacheError `INVALID_OPTION`
 */
export function serverAt(url: unknown): ServerOptions {
  const parsed =
    typeof url === 'string' && /^rediss?:\/\//.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) throw refused('must begin with redis:// or rediss://, or give a client');
  if (parsed.search !== '' || parsed.hash !== '')
    throw refused('must have neither query nor fragment; give options');
  const database = parsed.pathname.slice(1);
  if (!/^\d*$/.test(database)) throw refused("must end after the database's number");
  return {
    socket: {
      // An IPv6 address stands in brackets in a URL alone.
      host: parsed.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
      port: parsed.port === '' ? 6379 : Number(parsed.port),
      ...(parsed.protocol === 'rediss:' && { tls: true }),
    },
    ...(parsed.username !== '' && { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password !== '' && { password: decodeURIComponent(parsed.password) }),
    ...(database !== '' && { database: Number(database) }),
  };
}

function refused(reason: string): CacheError {
  return new CacheError('INVALID_OPTION', `nodeRedisAdapter: url ${reason}`);
}
