import { obtain } from './obtain.ts';
import { probeMemcached } from './probe.ts';
import type { Recipe } from './recipe.ts';
import { chosenImages } from './release.ts';
import type { Server, StartOptions } from './server.ts';

/** What a memcached may be asked for. */
export interface MemcachedOptions extends StartOptions {
  /** Memory for items, in MiB. */
  memory?: number;
}

/** Starts a memcached on 127.0.0.1. */
export async function startMemcached(options: MemcachedOptions = {}): Promise<Server> {
  return obtain(memcachedRecipe(options), options.source);
}

/** How to run one memcached. */
export function memcachedRecipe(options: MemcachedOptions = {}): Recipe {
  const { args = [], memory, version, image } = options;
  const asked = version === undefined ? {} : ({ product: 'memcached', version } as const);
  const own = options.controllable
    ? 'controllable'
    : args.length > 0
      ? 'args'
      : (['memory', 'image', 'version'] as const).find((name) => options[name]);
  return {
    kind: 'memcached',
    variable: 'MEMCACHED_URL',
    ...(own ? { own } : {}),
    programs: ['memcached'],
    asked,
    images: chosenImages(image, 'CACHE_MEMCACHED_IMAGE', asked, ['memcached']),
    remedy: 'install it (`apt-get install memcached`, `brew install memcached`)',
    files: () => ({}),
    // Refuses to run as root without -u, and ignores it otherwise. -U 0: no UDP.
    args: ({ bind, port }) => [
      ...['-l', bind, '-p', String(port), '-U', '0', '-u', 'nobody'],
      ...(memory === undefined ? [] : ['-m', String(memory)]),
      ...args,
    ],
    url: (host, port) => `memcached://${host}:${port}`,
    probe: ({ host, port }, ms) => probeMemcached({ host, port }, ms),
  };
}
