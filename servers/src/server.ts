/** What a server speaks. */
export type Kind = 'redis' | 'memcached' | 'postgres';

/** Where a server comes from, in the order in which they are tried. */
export type Source = 'url' | 'container' | 'binary' | 'package';

/** What a server is. */
export interface ServerInfo {
  readonly kind: Kind;
  readonly product: 'redis' | 'valkey' | 'memcached' | 'postgres';
  readonly version: string;
  readonly source: Source;
}

/** A real server that a test may freeze, kill and start again. */
export interface Server extends ServerInfo, AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `redis://`, `rediss://` (with credentials, if it has any), `memcached://` or `postgres://`. */
  readonly url: string;
  /** Present when it speaks TLS: the certificate to trust, in PEM. */
  readonly tls?: { readonly ca: string };
  /** False for a server that somebody else runs: `freeze`, `thaw`, `kill` and `restart` then throw. */
  readonly controllable: boolean;
  /** The tail of what it printed, for messages of errors. */
  readonly log: () => string;
  /** Stops it from answering, its connections stay open (SIGSTOP, `docker pause`). */
  freeze(): Promise<void>;
  /** Lets a frozen server go on. */
  thaw(): Promise<void>;
  /** SIGKILL (PostgreSQL: SIGQUIT, its own word for a crash). Its port refuses connections and stays reserved for `restart()`. */
  kill(): Promise<void>;
  /** Starts it on the same port, empty; kills it first if it runs. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. May be called again. */
  close(): Promise<void>;
}

/** What any kind of server may be asked for. */
export interface StartOptions {
  /** Further arguments of the command line. */
  args?: readonly string[];
  /** Take it from this source or fail. */
  source?: Source;
  /** Its version or the beginning of that (`8` is any 8.x). Passes over `REDIS_URL` and `MEMCACHED_URL`. */
  version?: string;
  /** The container image; otherwise one for the version, or `CACHE_REDIS_IMAGE` and `CACHE_MEMCACHED_IMAGE`. */
  image?: string;
  /** A server of one's own that can be frozen and killed: passes over `REDIS_URL` and the like. */
  controllable?: boolean;
}
