import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Apt } from './apt.ts';
import { which } from './binaries.ts';
import { cacheDirs, writable } from './cache-dir.ts';
import { withLock } from './lock.ts';
import { launchProcess } from './process-server.ts';
import type { Found, Missing, Recipe } from './recipe.ts';
import { run } from './run.ts';
import { reason } from './until.ts';

const PACKAGES = ['redis-server', 'memcached'];
const PROGRAMS = ['redis-server', 'memcached'];
/** Part of the folder's name: raise it when what is in there changes. */
const LAYOUT = 1;

/** A program of packages that are downloaded and unpacked, not installed. Both kinds come in one go. */
export async function findPackage(recipe: Recipe): Promise<Found | Missing> {
  const name = recipe.programs.find((program) => PROGRAMS.includes(program));
  if (name === undefined) return { missing: `no package has ${recipe.programs.join(' or ')}` };
  let root: string;
  try {
    root = await unpacked();
  } catch (error) {
    return { missing: reason(error) };
  }
  const path = join(root, 'usr/bin', name);
  const program = { path, libraries: libraries(root), source: 'package' } as const;
  return {
    where: `Debian packages (${path})`,
    launch: (wanted) => launchProcess(wanted, program),
  };
}

const known = new Map<string, Promise<string>>();

/** The folder with the unpacked packages, made if need be; a failure is kept, too, it may take long. */
function unpacked(): Promise<string> {
  const dirs = cacheDirs();
  const key = dirs.join('\n');
  let root = known.get(key);
  if (!root) {
    root = provide(dirs);
    known.set(key, root);
  }
  return root;
}

async function provide(dirs: readonly string[]): Promise<string> {
  if (process.platform !== 'linux') throw new Error('they are for Linux');
  const name = await folderName();
  const there = dirs.map((dir) => join(dir, name)).find((dir) => existsSync(dir));
  if (there !== undefined) return there;
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (!which(tool)) throw new Error(`there is no ${tool} on PATH`);
  }
  const base = writable(dirs);
  if (base === undefined)
    throw new Error(`none of ${dirs.join(', ')} can be written to; set CACHE_SERVERS_DIR`);
  const root = join(base, name);
  await withLock(
    join(base, `${name}.lock`),
    () => existsSync(root),
    () => build(base, root),
  );
  return root;
}

/** Such as `debian-12-x64-1`. */
async function folderName(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(release)?.[1];
  const system = field('VERSION_ID') ?? field('VERSION_CODENAME') ?? 'rolling';
  return [field('ID') ?? 'linux', system, process.arch, LAYOUT].join('-');
}

/** Makes the folder beside its place and moves it there at once: whoever sees it sees all of it. */
async function build(base: string, root: string): Promise<void> {
  await sweep(base);
  const staging = await mkdtemp(join(base, `${basename(root)}.new-`));
  try {
    const apt = new Apt(join(staging, 'apt'));
    const said = await apt.update();
    const target = join(staging, 'root');
    try {
      await fill(apt, target, false);
    } catch (error) {
      // A mirror that cannot be reached is only a warning to apt-get update.
      const unfetched = /^[EW]: (Failed to fetch .*)$/m.exec(said)?.[1];
      if (unfetched !== undefined) throw new Error(`${reason(error)}, since apt-get update: ${unfetched}`);
      // What dpkg believes to be installed need not be there (slim images), or be broken: take everything.
      await rm(target, { recursive: true, force: true });
      await fill(apt, target, true);
    }
    await rename(target, root).catch((error) => {
      if (!existsSync(root)) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Removes what processes that were killed while they downloaded have left. */
async function sweep(base: string): Promise<void> {
  for (const name of readdirSync(base).filter((entry) => /\.new-|\.lock\./.test(entry))) {
    const path = join(base, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - made > 10 * 60_000) await rm(path, { recursive: true, force: true });
  }
}

async function fill(apt: Apt, target: string, bare: boolean): Promise<void> {
  const needed = (await apt.missing(PACKAGES, bare)).filter(({ name }) => wanted(name));
  const debs = await apt.download(needed);
  await mkdir(target);
  // One after the other: two packages may share folders, and dpkg-deb does not expect that.
  for (const deb of debs) await run('dpkg-deb', ['-x', deb, target], { ms: 30_000 });
  await writeFile(
    join(target, 'packages.txt'),
    needed.map(({ name, version }) => `${name} ${version}\n`).join(''),
  );
  for (const program of PROGRAMS) {
    // Fails, and says which, if a library is missing.
    const env = { LD_LIBRARY_PATH: libraries(target) };
    await run(join(target, 'usr/bin', program), ['--version'], { ms: 10_000, env });
  }
}

/**
 * Of all that an installation would add (adduser, perl, init scripts) only the servers and libraries: redis-tools
 * has the program that redis-server is a link to. A libc of its own would not fit the machine's loader.
 */
function wanted(name: string): boolean {
  if (PACKAGES.includes(name) || name === 'redis-tools') return true;
  return name.startsWith('lib') && !/^libc6|^libc-|^libperl|-perl$/.test(name);
}

/** The folders of libraries below a root, as LD_LIBRARY_PATH takes them. */
function libraries(root: string): string {
  return ['usr/lib', 'lib']
    .map((name) => join(root, name))
    .filter((dir) => existsSync(dir))
    .flatMap((dir) => [
      dir,
      ...readdirSync(dir)
        .filter((name) => name.includes('-linux-'))
        .map((name) => join(dir, name)),
    ])
    .join(':');
}
