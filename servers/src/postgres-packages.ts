import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Apt } from './apt.ts';
import { cacheDirs } from './cache-dir.ts';
import { programIn, unpack } from './debs.ts';
import { isLibrary, machine, unfetched } from './packages.ts';
import { askVersion, type Program } from './program.ts';
import { type Unpacked, unpacked } from './unpacked.ts';
import { reason } from './until.ts';
import { isOpen, userFor } from './user.ts';

/** Part of the folder's name: raise it when what is in there changes. */
const LAYOUT = 1;

/** What it needs for compiling queries, which is off: larger than all the rest. */
const COMPILER = /^lib(llvm|z3)/;

/** The PostgreSQL of the release that this machine runs, with all of its libraries but the C library. */
export async function postgresOfPackages(): Promise<Program> {
  return programOf(await unpacked(await folder(), packageDirs()), 'postgres');
}

/** Where it may be unpacked: it runs as nobody where we are root, who may not enter root's home. */
export function packageDirs(): string[] {
  const dirs = cacheDirs();
  if (!userFor({ unprivileged: true })) return dirs;
  const open = dirs.filter(isOpen);
  return open.length > 0 ? open : [join(tmpdir(), 'cache-servers-0')];
}

async function folder(): Promise<Unpacked> {
  return {
    name: ['postgres', await machine(), LAYOUT].join('-'),
    async fill(target, scratch) {
      const apt = new Apt(scratch);
      const said = await apt.update();
      try {
        // As if nothing were installed: of an installed server apt would leave out what it consists of.
        const needed = await apt.missing(['postgresql'], true);
        const wanted = needed.filter(
          ({ name }) => isServer(name) || (isLibrary(name) && !COMPILER.test(name)),
        );
        await unpack(apt, wanted, target);
      } catch (error) {
        throw new Error(`${reason(error)}${unfetched(said) ?? ''}`);
      }
      // Fails, and says which, if a library is missing.
      for (const name of ['initdb', 'postgres']) await askVersion(programOf(target, name));
    },
  };
}

const isServer = (name: string): boolean => /^(postgresql-\d+|zlib1g)$/.test(name);

/** It finds its other files by where it is: `usr/lib/postgresql/15/bin` and `usr/share/postgresql/15`. */
function programOf(root: string, name: string): Program {
  const versions = join(root, 'usr/lib/postgresql');
  const [version] = existsSync(versions) ? readdirSync(versions) : [];
  if (version === undefined) throw new Error(`there is no PostgreSQL in ${root}`);
  return { ...programIn(root, name), path: join(versions, version, 'bin', name) };
}
