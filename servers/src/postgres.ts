import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { obtain } from './obtain.ts';
import { postgresOfPackages } from './postgres-packages.ts';
import { probePostgres } from './postgres-probe.ts';
import type { Recipe } from './recipe.ts';
import type { Server, StartOptions } from './server.ts';

/** What a PostgreSQL may be asked for: any version will do, and there are no images of it. */
export interface PostgresOptions extends Pick<StartOptions, 'args' | 'source' | 'controllable'> {
  /** Settings, as in postgresql.conf. */
  config?: Record<string, string>;
}

/** Where Debian keeps what it does not put on PATH. */
const DEBIAN = '/usr/lib/postgresql';

const USER = 'postgres';
const DATA = 'data';

/** Nobody needs this data after a crash, and shared memory is to go with the folder whatever ends the server. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  jit: 'off',
  dynamic_shared_memory_type: 'mmap',
  unix_socket_directories: '',
};

/** Starts a PostgreSQL on 127.0.0.1 that trusts everybody who connects. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Server> {
  return obtain(postgresRecipe(options), options.source);
}

function postgresRecipe({ args = [], controllable, config = {} }: PostgresOptions): Recipe {
  const own = controllable
    ? 'controllable'
    : args.length > 0
      ? 'args'
      : Object.keys(config).length > 0 && 'config';
  return {
    kind: 'postgres',
    variable: 'POSTGRES_URL',
    ...(own ? { own } : {}),
    programs: ['postgres'],
    folders: debianFolders(),
    setup: {
      program: 'initdb',
      data: DATA,
      args: ({ dir }) => [
        ...['-D', join(dir, DATA), '-U', USER, '-A', 'trust', '-E', 'UTF8'],
        ...['--no-locale', '--no-sync', '--no-instructions'],
      ],
    },
    unprivileged: true,
    // After SIGKILL its children would go on for a while, and a segment of shared memory for ever.
    ends: 'SIGQUIT',
    packaged: postgresOfPackages,
    asked: {},
    images: [],
    remedy: 'install it (`apt-get install postgresql`, `brew install postgresql`)',
    files: () => ({}),
    args: ({ dir, bind, port }) => [
      ...['-D', join(dir, DATA), '-p', String(port)],
      ...Object.entries({ listen_addresses: bind, ...SETTINGS, ...config }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]),
      ...args,
    ],
    url: (host, port) => `postgres://${USER}@${host}:${port}/postgres`,
    probe: ({ host, port, url }, ms) => {
      const user = decodeURIComponent(url?.username ?? '') || USER;
      const database = decodeURIComponent(url?.pathname.slice(1) ?? '') || user;
      return probePostgres({ host, port }, { user, database }, ms);
    },
  };
}

/** The newest first. */
function debianFolders(): string[] {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, 'bin'));
}
