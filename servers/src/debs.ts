import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Apt } from './apt.ts';
import type { Program } from './program.ts';
import { run } from './run.ts';

/** A package of one version. */
export interface Package {
  readonly name: string;
  readonly version: string;
}

/** Downloads packages and unpacks them, which runs none of their scripts. */
export async function unpack(apt: Apt, packages: readonly Package[], target: string): Promise<void> {
  const debs = await apt.download(packages);
  await mkdir(target);
  // One after the other: two packages may share folders, and dpkg-deb does not expect that.
  for (const deb of debs) await run('dpkg-deb', ['-x', deb, target], { ms: 30_000 });
  const list = packages.map(({ name, version }) => `${name} ${version}\n`);
  await writeFile(join(target, 'packages.txt'), list.join(''));
}

/** A program below a root, with the loader of that root if it has one. */
export function programIn(root: string, name: string): Program {
  const loader = folders(root)
    .flatMap((dir) => readdirSync(dir).map((file) => join(dir, file)))
    .find((path) => /\/ld(-linux.*|64)\.so\.\d+$/.test(path) && existsSync(path));
  return {
    path: join(root, 'usr/bin', name),
    libraries: folders(root).join(':'),
    source: 'package',
    ...(loader === undefined ? {} : { loader }),
  };
}

/** The folders of libraries below a root. */
function folders(root: string): string[] {
  return ['usr/lib', 'lib', 'usr/lib64', 'lib64']
    .map((name) => join(root, name))
    .filter((dir) => existsSync(dir))
    .flatMap((dir) => [
      dir,
      ...readdirSync(dir)
        .filter((name) => name.includes('-linux-'))
        .map((name) => join(dir, name)),
    ])
    .filter((path) => !/\.so/.test(path));
}
