import { announce } from './announce.ts';
import { findBinary } from './binaries.ts';
import { findContainer } from './containers.ts';
import { findPackage } from './packages.ts';
import type { Found, Missing, Recipe } from './recipe.ts';
import { answersTo, nameOf } from './release.ts';
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
  return await accept(await found.launch(recipe), recipe, found);
}

/** Makes sure that a server is what was asked for, whatever the name of its image says, and announces it. */
export async function accept(server: Server, { asked }: Recipe, { where }: Found): Promise<Server> {
  if (!answersTo(asked, server)) {
    await server.close();
    throw new Error(
      `servers: asked for ${nameOf(asked)}, but ${where} is ${server.product} ${server.version}`,
    );
  }
  announce(server, where);
  return server;
}

/** Gives the first source that has such a server. */
export async function find(recipe: Recipe, asked?: Source): Promise<Found> {
  const wanted = asked ?? forced();
  // CACHE_SERVERS is for all kinds, also for one that there is no image of.
  const standIn = wanted === 'container' && !asked && recipe.images.length === 0;
  const only = standIn ? 'package' : wanted;
  const sources = only ? [only] : Object.values(WORDS);
  const missing: string[] = [];
  for (const source of sources) {
    const found = await FIND[source](recipe);
    if (!('missing' in found)) {
      return standIn ? { ...found, where: `${found.where}, as there is no image of ${recipe.kind}` } : found;
    }
    missing.push(`  - ${source}: ${found.missing}`);
  }
  throw new Error(
    [
      `servers: no ${nameOf(recipe.asked) || recipe.kind} for the tests. Tried:`,
      ...missing,
      `Do one of these: set ${recipe.variable} to the URL of a running one; ${pulling(recipe)}` +
        `${recipe.remedy}; or, on Debian and Ubuntu, let this machine reach ` +
        'the package mirror of its apt sources, nothing else is needed.' +
        (only ? ` Only the source '${only}' was tried, because ${whose(asked)} says so.` : ''),
    ].join('\n'),
  );
}

const pulling = ({ images: [image] }: Recipe): string =>
  image === undefined
    ? ''
    : `start a container engine and run \`docker pull ${image}\` or, where nothing can be pulled, ` +
      '`pnpm containers`; ';

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
