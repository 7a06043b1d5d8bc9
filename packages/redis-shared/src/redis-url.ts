/** What a URL says of a server. */
export interface RedisUrl {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly login: { readonly username?: string; readonly password?: string };
  /** Whether it asks for TLS. */
  readonly secure: boolean;
}

/** @throws URIError where its login is not percent-encoded */
export function redisUrl({ hostname, port, username, password, protocol }: URL): RedisUrl {
  return {
    // An IPv6 address stands in brackets in a URL alone.
    host: hostname.replace(/^\[(.*)\]$/, '$1') || undefined,
    port: port === '' ? undefined : Number(port),
    login: {
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
    },
    secure: protocol === 'rediss:',
  };
}
