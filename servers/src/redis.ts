import { join } from 'node:path';
import { type Certificate, selfSigned } from './certificate.ts';
import { obtain } from './obtain.ts';
import { probeRedis } from './probe.ts';
import type { Place, Recipe } from './recipe.ts';
import { type Asked, chosenImages, programOf } from './release.ts';
import type { Server, StartOptions } from './server.ts';

/** What a Redis may be asked for. */
export interface RedisOptions extends StartOptions {
  /** Default: either, or `redis` where a version is asked for. */
  product?: 'redis' | 'valkey';
  /** Without it everybody may do everything. */
  password?: string;
  /** Needs a password; the default user is then off. */
  username?: string;
  /** TLS and nothing else, with a certificate of its own: `server.tls.ca`. */
  tls?: boolean;
  databases?: number;
  /** Lines of its configuration: the directive and, as in redis.conf, its arguments. */
  config?: Record<string, string>;
}

const CONF = 'redis.conf';

/** Starts a Redis (or Valkey) without persistence on 127.0.0.1. */
export async function startRedis(options: RedisOptions = {}): Promise<Server> {
  if (options.username !== undefined && options.password === undefined) {
    throw new TypeError('servers: a username needs a password');
  }
  return obtain(redisRecipe(options), options.source);
}

/**
 * How to run one Redis.
 * @param lines of its configuration that depend on where it runs
 */
export function redisRecipe(
  options: RedisOptions = {},
  lines: (place: Place) => readonly string[] = () => [],
): Recipe {
  const { username, password, args = [] } = options;
  const certificate = options.tls ? selfSigned() : undefined;
  const own = needsOwn(options);
  const asked = askedFor(options);
  const products = asked.product ? [asked.product] : (['redis', 'valkey'] as const);
  return {
    kind: 'redis',
    variable: 'REDIS_URL',
    ...(own ? { own } : {}),
    asked,
    programs: products.map(programOf),
    images: chosenImages(options.image, 'CACHE_REDIS_IMAGE', asked, products),
    remedy: `install it (\`apt-get install ${programOf(products[0])}\`, \`brew install ${products[0]}\`)`,
    ...(certificate ? { tls: { ca: certificate.certificate } } : {}),
    files: (place) => ({
      [CONF]: [...configuration(options, place, certificate), ...lines(place), ''].join('\n'),
      ...(certificate ? { 'tls.crt': certificate.certificate, 'tls.key': certificate.key } : {}),
    }),
    args: ({ dir }) => [join(dir, CONF), ...args],
    url(host, port) {
      const user = encodeURIComponent(username ?? '');
      const login = password === undefined ? '' : `${user}:${encodeURIComponent(password)}@`;
      return `${options.tls ? 'rediss' : 'redis'}://${login}${host}:${port}`;
    },
    probe({ host, port, url }, ms) {
      const name = url ? decodeURIComponent(url.username) || undefined : username;
      const word = url ? decodeURIComponent(url.password) || undefined : password;
      const tls = url ? url.protocol === 'rediss:' && {} : certificate && { ca: certificate.certificate };
      return probeRedis(
        {
          host,
          port,
          ...(tls ? { tls } : {}),
          ...(name === undefined ? {} : { username: name }),
          ...(word === undefined ? {} : { password: word }),
        },
        ms,
      );
    },
  };
}

/** A version alone is one of Redis: those of Valkey would be mistaken for it. */
function askedFor({ product, version }: RedisOptions): Asked {
  if (version === undefined) return product === undefined ? {} : { product };
  return { product: product ?? 'redis', version };
}

/** Everything that a server which runs already would have to be restarted for. */
function needsOwn(options: RedisOptions): string | undefined {
  const { controllable, args, config } = options;
  if (controllable) return 'controllable';
  if (args?.length) return 'args';
  if (config && Object.keys(config).length > 0) return 'config';
  return (['password', 'tls', 'databases', 'image', 'product', 'version'] as const).find(
    (name) => options[name],
  );
}

function configuration(options: RedisOptions, place: Place, certificate?: Certificate): string[] {
  const { username, password, databases, config = {} } = options;
  const file = (name: string) => quote(join(place.dir, name));
  const lines = [
    `bind ${place.bind}`,
    'protected-mode no',
    `dir ${quote(place.dir)}`,
    'save ""',
    'appendonly no',
    'daemonize no',
  ];
  if (certificate) {
    lines.push('port 0', `tls-port ${place.port}`, 'tls-auth-clients no');
    lines.push(`tls-cert-file ${file('tls.crt')}`, `tls-key-file ${file('tls.key')}`);
    lines.push(`tls-ca-cert-file ${file('tls.crt')}`);
  } else lines.push(`port ${place.port}`);
  if (password !== undefined && username === undefined) lines.push(`requirepass ${quote(password)}`);
  if (password !== undefined && username !== undefined) {
    lines.push(`user ${username} on ${quote(`>${password}`)} ~* &* +@all`, 'user default off');
  }
  if (databases !== undefined) lines.push(`databases ${databases}`);
  for (const [name, value] of Object.entries(config)) lines.push(`${name} ${value === '' ? '""' : value}`);
  return lines;
}

/** As redis.conf quotes: backslash escapes, bytes outside ASCII as \xHH. */
export function quote(text: string): string {
  let quoted = '';
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === '\\') quoted += `\\${char}`;
    else if (byte < 0x20 || byte > 0x7e) quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
    else quoted += char;
  }
  return `"${quoted}"`;
}
