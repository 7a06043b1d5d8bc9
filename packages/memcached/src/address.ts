import { CacheError } from '@cache/core';
import type { Address } from './memjs.ts';

/**
 * The part of memjs' `Client` that is used here, as a structural type: no published declaration imports the driver, so
 * that any copy and any version with this shape fits.
 */
export interface MemjsClient {
  readonly servers: readonly {
    readonly host: string;
    readonly port: number | string;
    readonly username?: string | undefined;
    readonly password?: string | undefined;
  }[];
}

/** Over the servers that the caller's client was made with, with its credentials; the client itself is not used. */
export interface MemcachedClientOptions {
  readonly client: MemjsClient;
}

/** Over one server. */
export interface MemcachedUrlOptions {
  /** `memcached://user:password@host:port`. */
  readonly url: string;
  /** Instead of the URL's. */
  readonly username?: string;
  /** Instead of the URL's. */
  readonly password?: string;
}

/** Over several servers, each key on one of them. */
export interface MemcachedServersOptions {
  /** Each as `host:port` or as a URL. Their order does not matter; their names do. */
  readonly servers: readonly string[];
  /** For those that name none. */
  readonly username?: string;
  /** For those that name none. */
  readonly password?: string;
}

export type ServerOptions = MemcachedClientOptions | MemcachedUrlOptions | MemcachedServersOptions;

const DEFAULT_PORT = 11_211;

/** Where to connect. @throws CacheError `INVALID_OPTION` */
export function addressesOf(options: ServerOptions): readonly Address[] {
  const addresses = listed(options);
  if (addresses.length === 0) throw invalid('give at least one server');
  const names = new Set(addresses.map(({ host, port }) => `${host}:${port}`));
  if (names.size < addresses.length) throw invalid('a server is listed twice');
  return addresses;
}

function listed(options: ServerOptions): Address[] {
  if ('client' in options) {
    const servers = options.client?.servers;
    if (!Array.isArray(servers)) throw invalid('client must be a memjs client');
    return (servers as MemjsClient['servers']).map(({ host, port, username, password }) => {
      if (typeof host !== 'string' || !(Number(port) >= 1 && Number(port) <= 65_535)) {
        throw invalid('a server of the client has no host and port');
      }
      return { host, port: Number(port), username, password };
    });
  }
  const { username, password } = options;
  if ('servers' in options) {
    if (!Array.isArray(options.servers)) throw invalid('servers must be a list of host:port');
    return options.servers.map((server) => {
      const own = parse(server, 'each of servers must be host:port or a memcached:// URL');
      return own.username === undefined ? { ...own, username, password } : own;
    });
  }
  const url = typeof options.url === 'string' && options.url.startsWith('memcached://') ? options.url : '';
  const own = parse(url, 'url must begin with memcached://, or give servers or a client');
  return [{ ...own, username: username ?? own.username, password: password ?? own.password }];
}

function parse(text: unknown, problem: string): Address {
  const full = typeof text === 'string' && !text.includes('://') ? `memcached://${text}` : text;
  if (typeof full !== 'string' || !URL.canParse(full)) throw invalid(problem);
  const { protocol, hostname, port, username, password, pathname } = new URL(full);
  if (protocol !== 'memcached:' || hostname === '' || pathname.length > 1) throw invalid(problem);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? DEFAULT_PORT : Number(port),
    username: username === '' ? undefined : decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
  };
}

function invalid(problem: string): CacheError {
  return new CacheError('INVALID_OPTION', `memcachedAdapter: ${problem}`);
}
