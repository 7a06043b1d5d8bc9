import { readFile, rm } from 'node:fs/promises';
import { Apt } from './apt.ts';
import { programIn, unpack } from './debs.ts';
import { launchProcess } from './process-server.ts';
import { askVersion, type Program } from './program.ts';
import type { Found, Missing, Recipe } from './recipe.ts';
import { nameOf, programOf, RELEASES, releaseFor } from './release.ts';
import { suiteFolder } from './suite.ts';
import { type Unpacked, unpacked } from './unpacked.ts';
import { reason } from './until.ts';

const PROGRAMS = ['redis-server', 'memcached'];
/** Part of the folder's name: raise it when what is in there changes. */
const LAYOUT = 1;

/** A program of packages that are downloaded and unpacked, not installed. */
export async function findPackage(recipe: Recipe): Promise<Found | Missing> {
  try {
    const program = await (recipe.packaged?.() ?? shared(recipe));
    return {
      where: `Debian packages (${program.path})`,
      launch: (wanted) => launchProcess(wanted, program),
    };
  } catch (error) {
    return { missing: reason(error) };
  }
}

/** The program of the folder that has those of all kinds. */
async function shared(recipe: Recipe): Promise<Program> {
  const { folder, name } = await wantedFrom(recipe);
  return programIn(await unpacked(folder), name);
}

/** Who asks for nothing gets what the machine's own release has; else the suite is that of the matrix. */
async function wantedFrom({ asked, programs }: Recipe): Promise<{ folder: Unpacked; name: string }> {
  const { product } = asked;
  if (product === undefined) {
    const name = programs.find((program) => PROGRAMS.includes(program));
    if (name === undefined) throw new Error(`no package has ${programs.join(' or ')}`);
    return { folder: await ownFolder(), name };
  }
  const release = releaseFor(asked);
  if (release === undefined) {
    const known = RELEASES.filter((one) => one.product === product).map(nameOf);
    throw new Error(`of ${product} there is only ${known.join(' and ')}, not ${nameOf(asked)}`);
  }
  return { folder: suiteFolder(release.suite), name: programOf(product) };
}

/** Packages of the release that this machine runs, without a libc: both kinds in one go. */
async function ownFolder(): Promise<Unpacked> {
  return {
    name: [await machine(), LAYOUT].join('-'),
    async fill(target, scratch) {
      const apt = new Apt(scratch);
      const said = await apt.update();
      try {
        await fill(apt, target, false);
      } catch (error) {
        // A mirror that cannot be reached is only a warning to apt-get update.
        const why = unfetched(said);
        if (why !== undefined) throw new Error(`${reason(error)}${why}`);
        // What dpkg believes to be installed need not be there (slim images), or be broken: take everything.
        await rm(target, { recursive: true, force: true });
        await fill(apt, target, true);
      }
    },
  };
}

/** Such as `debian-12-x64`. */
export async function machine(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(release)?.[1];
  const system = field('VERSION_ID') ?? field('VERSION_CODENAME') ?? 'rolling';
  return [field('ID') ?? 'linux', system, process.arch].join('-');
}

/** What of an `apt-get update` explains why packages are not to be had. */
export function unfetched(said: string): string | undefined {
  const line = /^[EW]: (Failed to fetch .*)$/m.exec(said)?.[1];
  return line === undefined ? undefined : `, since apt-get update: ${line}`;
}

async function fill(apt: Apt, target: string, bare: boolean): Promise<void> {
  const needed = await apt.missing(PROGRAMS, bare);
  await unpack(
    apt,
    needed.filter(({ name }) => wanted(name)),
    target,
  );
  // Fails, and says which, if a library is missing.
  for (const name of PROGRAMS) await askVersion(programIn(target, name));
}

/**
 * Of all that an installation would add (adduser, perl, init scripts) only the servers and libraries: redis-tools
 * has the program that redis-server is a link to. A libc of its own would not fit the machine's loader.
 */
function wanted(name: string): boolean {
  return PROGRAMS.includes(name) || name === 'redis-tools' || isLibrary(name);
}

/** A library of a server: not the C library, nor those of perl. */
export function isLibrary(name: string): boolean {
  return name.startsWith('lib') && !/^libc6|^libc-|^libperl|-perl$/.test(name);
}
