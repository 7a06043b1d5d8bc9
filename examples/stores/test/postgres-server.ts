import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** A real PostgreSQL. */
export interface PostgresServer {
  readonly url: string;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** Where Debian keeps what it does not put on the PATH. */
const DEBIAN = '/usr/lib/postgresql';

/** It refuses to run as root. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Why there is no PostgreSQL for the tests; undefined = there is one. */
export function noPostgres(): string | undefined {
  if (process.env.POSTGRES_URL || binaries() !== undefined) return undefined;
  return 'POSTGRES_URL is not set, and there is no initdb on this machine (`apt-get install postgresql`)';
}

/** The one that POSTGRES_URL names, or one of this machine's programs with a folder of its own. */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env.POSTGRES_URL;
  if (given) return { url: given, close: async () => undefined };
  const bin = binaries();
  if (bin === undefined) throw new Error(noPostgres());
  const dir = await mkdtemp(join(tmpdir(), 'cache-postgres-'));
  const user = process.getuid?.() === 0 ? NOBODY : {};
  if (user === NOBODY) await chown(dir, NOBODY.uid, NOBODY.gid);
  const data = join(dir, 'data');
  const port = await freePort();
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    cwd: dir,
    ...user,
  });
  const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', dir, '-c', 'fsync=off'];
  const child = spawn(join(bin, 'postgres'), args, { cwd: dir, stdio: 'ignore', ...user });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async close() {
      // Fast: it ends the connections that are left.
      child.kill('SIGINT');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function binaries(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map((name) => join(DEBIAN, name, 'bin')) : [];
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions.sort().reverse()];
  return folders.find((folder) => folder !== '' && existsSync(join(folder, 'initdb')));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
