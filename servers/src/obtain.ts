import { findBinary } from './binaries.ts';
import { findContainer } from './containers.ts';
import { findPackage } from './packages.ts';
import type { Found, Missing, Recipe } from './recipe.ts';
import type { Server, Source } from './server.ts';
import { findUrl } from './url-server.ts';

const FIND: Record<Source, (recipe: Recipe) => Found | Missing | Promise<Found | Missing>> = {
  url: findUrl,
  container: findContainer,
  binary: findBinary,
  package: findPackage,
};

/** The words of CACHE_SERVERS. */
const WORDS: Record<string, Source> = {
  url: 'url',
  containers: 'container',
  binaries: 'binary',
  packages: 'package',
};

/** Gives a server from the first source that has one. */
export async function obtain(recipe: Recipe, asked?: Source): Promise<Server> {
  const found = await find(recipe, asked);
  // A source that can run servers and fails at this one is an error: going on would hide it.
  const server = await found.launch(recipe);
  announce(server, found.where);
  return server;
}

/** Gives the first source that has such a server. */
export async function find(recipe: Recipe, asked?: Source): Promise<Found> {
  const only = asked ?? forced();
  const sources = only ? [only] : Object.values(WORDS);
  const missing: string[] = [];
  for (const source of sources) {
    const found = await FIND[source](recipe);
    if (!('missing' in found)) return found;
    missing.push(`  - ${source}: ${found.missing}`);
  }
  throw new Error(
    [
      `servers: no ${recipe.kind} for the tests. Tried:`,
      ...missing,
      `Do one of these: set ${recipe.variable} to the URL of a running one; start a container engine and run ` +
        `\`docker pull ${recipe.image}\`; ${recipe.remedy}; or, on Debian and Ubuntu, let this machine reach ` +
        'the package mirror of its apt sources, nothing else is needed.' +
        (only ? ` Only the source '${only}' was tried, because ${whose(asked)} says so.` : ''),
    ].join('\n'),
  );
}

const whose = (asked?: Source): string => (asked ? 'the option `source`' : 'CACHE_SERVERS');

function forced(): Source | undefined {
  const word = process.env.CACHE_SERVERS;
  if (!word) return undefined;
  const source = WORDS[word];
  if (!source) {
    throw new Error(`servers: CACHE_SERVERS is '${word}', not one of ${Object.keys(WORDS).join(', ')}`);
  }
  return source;
}

const ANNOUNCED = Symbol.for('@cache/servers announced');

/** Says once a process (test runners load modules many times) what was taken. */
export function announce(server: Server, where: string): void {
  const shared = globalThis as { [ANNOUNCED]?: Set<string> };
  shared[ANNOUNCED] ??= new Set();
  const what = `${server.product} ${server.version} from ${where}`;
  if (shared[ANNOUNCED].has(what)) return;
  shared[ANNOUNCED].add(what);
  process.stderr.write(`servers: ${what}, port ${server.port}\n`);
}
