import { CacheError } from '@cache/core';

/**
 * The options that a URL stands for. Read here and not by ioredis, where a URL wins over options and its query could
 * undo what keeps the connection safe.
 * @throws CacheError `INVALID_OPTION`
 */
export function serverOf(url: unknown): Record<string, unknown> {
  const parsed =
    typeof url === 'string' && /^rediss?:\/\//.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) throw refused('must begin with redis:// or rediss://, or give a client');
  if (parsed.search !== '' || parsed.hash !== '')
    throw refused('must have neither query nor fragment; give options');
  const database = parsed.pathname.slice(1);
  if (!/^\d*$/.test(database)) throw refused("must end after the database's number");
  return {
    // An IPv6 address stands in brackets in a URL alone.
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    ...(parsed.username !== '' && { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password !== '' && { password: decodeURIComponent(parsed.password) }),
    ...(database !== '' && { db: Number(database) }),
    ...(parsed.protocol === 'rediss:' && { tls: {} }),
  };
}

function refused(reason: string): CacheError {
  return new CacheError('INVALID_OPTION', `ioredisAdapter: url ${reason}`);
}
