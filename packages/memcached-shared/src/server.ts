import { CacheError } from '@cache/core';

/** Which server to connect to, and as whom. */
export interface ServerOptions {
  /** `memcached://user:password@host:port`. */
  readonly url: string;
  /** Instead of the URL's. */
  readonly username?: string;
  /** Instead of the URL's. */
  readonly password?: string;
}

/** Which servers to connect to, and as whom. */
export interface ServersOptions {
  /** Each as `host:port` or as a URL. Their order does not matter; their names do. */
  readonly servers: readonly string[];
  /** For those that name none. */
  readonly username?: string;
  /** For those that name none. */
  readonly password?: string;
}

/** The same, checked and whole. */
export interface MemcachedServer {
  readonly host: string;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const DEFAULT_PORT = 11_211;

/**
 * The servers that options name.
 * @throws CacheError `INVALID_OPTION` that names the adapter and what is wrong, never a password
 */
export function memcachedServers(
  options: ServerOptions | ServersOptions,
  adapter: string,
): readonly MemcachedServer[] {
  const { username, password } = options;
  if ('servers' in options) {
    if (!Array.isArray(options.servers)) throw invalid(adapter, 'servers must be a list of host:port');
    return options.servers.map((server) => {
      const own = parse(server);
      if (own === undefined)
        throw invalid(adapter, 'each of servers must be host:port or a memcached:// URL');
      return own.username === undefined ? { ...own, username, password } : own;
    });
  }
  const { url } = options;
  const own = typeof url === 'string' && url.startsWith('memcached://') ? parse(url) : undefined;
  if (own === undefined)
    throw invalid(adapter, 'url must begin with memcached://, or give servers or a client');
  return [{ ...own, username: username ?? own.username, password: password ?? own.password }];
}

function parse(text: unknown): MemcachedServer | undefined {
  const full = typeof text === 'string' && !text.includes('://') ? `memcached://${text}` : text;
  if (typeof full !== 'string' || !URL.canParse(full)) return undefined;
  const { protocol, hostname, port, username, password, pathname } = new URL(full);
  if (protocol !== 'memcached:' || hostname === '' || pathname.length > 1) return undefined;
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? DEFAULT_PORT : Number(port),
    username: username === '' ? undefined : decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
  };
}

function invalid(adapter: string, problem: string): CacheError {
  return new CacheError('INVALID_OPTION', `${adapter}: ${problem}`);
}
