import type { ConnectionOptions } from 'node:tls';
import { CacheError } from '@cache/core';
import { type RedisUrl, redisUrl } from './redis-url.ts';
import type { RedisReplicaOptions } from './replica-options.ts';

/** Which server to connect to, and as whom. */
export interface RedisServerOptions {
  /** `redis://user:password@host:port/database`; `rediss://` for TLS. */
  readonly url: string;
  /** Instead of the URL's. */
  readonly username?: string;
  /** Instead of the URL's. */
  readonly password?: string;
  /** The database's number, instead of the URL's. Default: 0. */
  readonly database?: number;
  /** As of `tls.connect`, such as `{ ca }`. Default: those of Node where the URL begins with `rediss:`, else no TLS. */
  readonly tls?: ConnectionOptions;
  /** The name that CLIENT LIST shows. Default: `cache`. */
  readonly clientName?: string;
  /** Its replicas: they answer reads that may be out of date. Default: none. */
  readonly replicas?: readonly RedisReplicaOptions[];
}

/** Which cluster to connect to, and as whom. */
export interface RedisClusterOptions extends Omit<RedisServerOptions, 'url' | 'database' | 'replicas'> {
  /** URLs of some of its nodes, from which all others are learned. Login and TLS are the first one's, for all nodes. */
  readonly cluster: readonly string[];
  /** Whether its replicas answer reads that may be out of date. Default: no. */
  readonly replicas?: boolean;
}

/** The same, checked and whole. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** undefined = no TLS. */
  readonly tls: ConnectionOptions | undefined;
  readonly clientName: string;
}

const CLIENT_NAME = 'cache';
const DEFAULT_PORT = 6379;
/** What Redis can count to. */
const MAX_DATABASE = 2 ** 31 - 1;

/**
 * The server that options name. A URL is read here and not by a driver, where it wins over options, and where its query
 * could undo what keeps the connection safe.
 * @throws CacheError `INVALID_OPTION` that names the adapter, the option and what is wrong, never a password
 */
export function redisServer(options: RedisServerOptions, adapter: string): RedisServer {
  const refuse = (problem: string): CacheError => new CacheError('INVALID_OPTION', `${adapter}: ${problem}`);
  const there = parse(options.url, refuse);
  const { tls, clientName = CLIENT_NAME } = options;
  const username = options.username ?? there.login.username;
  const password = options.password ?? there.login.password;
  const database = options.database ?? there.database;
  for (const [name, value] of Object.entries({ username, password })) {
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw refuse(`${name} must be text that is not empty; leave it out where there is none`);
  }
  if (username !== undefined && password === undefined) {
    throw refuse('username needs a password; for a user without one (nopass) give any');
  }
  if (!Number.isSafeInteger(database) || database < 0 || database > MAX_DATABASE) {
    throw refuse(
      `database must be a whole number from 0 to ${MAX_DATABASE}, below the server's \`databases\``,
    );
  }
  if (tls !== undefined && (typeof tls !== 'object' || tls === null)) {
    throw refuse(
      'tls must be options of tls.connect, such as { ca }; for the defaults begin url with rediss://',
    );
  }
  if (typeof clientName !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(clientName)) {
    throw refuse('clientName must be 1 to 255 ASCII characters without spaces');
  }
  const { host, port } = there;
  return {
    host,
    port,
    username,
    password,
    database,
    tls: tls ?? (there.secure ? {} : undefined),
    clientName,
  };
}

/**
 * Some nodes of the cluster that options name; they differ in host and port alone.
 * @throws CacheError `INVALID_OPTION`
 */
export function redisCluster(options: RedisClusterOptions, adapter: string): RedisServer[] {
  const { cluster: urls, replicas: _replicas, ...rest } = options;
  const refuse = (problem: string): CacheError => new CacheError('INVALID_OPTION', `${adapter}: ${problem}`);
  if (!Array.isArray(urls) || urls.length === 0) throw refuse('cluster must be a list of URLs of nodes');
  const servers = urls.map((url) => redisServer({ ...rest, url }, adapter));
  if (servers.some(({ database }) => database !== 0)) throw refuse('a cluster has no database but 0');
  const [first] = servers;
  return servers.map(({ host, port }) => ({ ...(first as RedisServer), host, port }));
}

interface Parsed extends RedisUrl {
  readonly host: string;
  readonly port: number;
  readonly database: number;
}

function parse(url: unknown, refuse: (problem: string) => CacheError): Parsed {
  const parsed =
    typeof url === 'string' && /^rediss?:\/\//.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined) throw refuse('url must begin with redis:// or rediss://, or give a client');
  if (parsed.search !== '' || parsed.hash !== '')
    throw refuse('url must have neither query nor fragment; give options');
  const database = parsed.pathname.slice(1);
  if (!/^\d*$/.test(database)) throw refuse("url must end after the database's number");
  try {
    const { host = 'localhost', port = DEFAULT_PORT, login, secure } = redisUrl(parsed);
    return { host, port, login, secure, database: database === '' ? 0 : Number(database) };
  } catch {
    throw refuse('user and password of url must be percent-encoded, or be given as options');
  }
}
