import type { Found, Identity, Missing, Recipe } from './recipe.ts';
import type { Server } from './server.ts';
import { reason } from './until.ts';

const DEFAULT_PORT = { redis: 6379, memcached: 11211, postgres: 5432 };

/** The server that the environment names. */
export function findUrl(recipe: Recipe): Found | Missing {
  const text = process.env[recipe.variable];
  if (!text) return { missing: `${recipe.variable} is not set` };
  if (recipe.own)
    return { missing: `${recipe.variable} is set, but ${recipe.own} needs a server of its own` };
  const url = text.includes('://') ? text : `${recipe.kind}://${text}`;
  if (!URL.canParse(url)) return { missing: `${recipe.variable} is not a URL` };
  return { where: recipe.variable, launch: (wanted) => connectUrl(wanted, new URL(url)) };
}

async function connectUrl(recipe: Recipe, url: URL): Promise<Server> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const at = url.port === '' ? DEFAULT_PORT[recipe.kind] : Number(url.port);
  let identity: Identity;
  try {
    identity = await recipe.probe({ host, port: at, url }, 5000);
  } catch (error) {
    throw new Error(
      `servers: no ${recipe.kind} answers at ${host}:${at}, where ${recipe.variable} points ` +
        `(${reason(error)}). Start it, or unset ${recipe.variable}.`,
    );
  }
  const refuse = async (): Promise<never> => {
    throw new Error(
      `servers: the ${recipe.kind} of ${recipe.variable} is somebody else's, it cannot be frozen, killed or ` +
        `restarted. Ask for { controllable: true }, or unset ${recipe.variable}.`,
    );
  };
  const close = async (): Promise<void> => {};
  return {
    kind: recipe.kind,
    ...identity,
    source: 'url',
    host,
    port: at,
    url: url.href,
    controllable: false,
    log: () => `(the log of ${recipe.variable} is not ours to read)`,
    freeze: refuse,
    thaw: refuse,
    kill: refuse,
    restart: refuse,
    close,
    [Symbol.asyncDispose]: close,
  };
}
