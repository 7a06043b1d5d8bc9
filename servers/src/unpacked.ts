import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { which } from './binaries.ts';
import { cacheDirs, writable } from './cache-dir.ts';
import { withLock } from './lock.ts';

/** A folder of unpacked packages, and how it is made. */
export interface Unpacked {
  /** Names all that it depends on. */
  readonly name: string;
  /** @param scratch an empty folder for what is only needed meanwhile */
  fill(target: string, scratch: string): Promise<void>;
}

const known = new Map<string, Promise<string>>();

/** The path of such a folder, made if need be; a failure is kept, too, it may take long. */
export function unpacked(folder: Unpacked, dirs: readonly string[] = cacheDirs()): Promise<string> {
  const key = [folder.name, ...dirs].join('\n');
  let root = known.get(key);
  if (!root) {
    root = provide(folder, dirs);
    known.set(key, root);
  }
  return root;
}

async function provide(folder: Unpacked, dirs: readonly string[]): Promise<string> {
  const { name } = folder;
  if (process.platform !== 'linux') throw new Error('they are for Linux');
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
    () => build(folder, base, root),
  );
  return root;
}

/** Makes the folder beside its place and moves it there at once: whoever sees it sees all of it. */
async function build(folder: Unpacked, base: string, root: string): Promise<void> {
  await sweep(base);
  const staging = await mkdtemp(join(base, `${basename(root)}.new-`));
  try {
    const target = join(staging, 'root');
    await folder.fill(target, join(staging, 'scratch'));
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
