import { existsSync, lstatSync } from 'node:fs';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Apt } from './apt.ts';
import { programIn, unpack } from './debs.ts';
import { askVersion, type Program } from './program.ts';
import { programOf, RELEASES } from './release.ts';
import { run } from './run.ts';
import type { Unpacked } from './unpacked.ts';

/** Part of the folder's name: raise it when what is in there changes. */
const LAYOUT = 1;

/**
 * The servers that the matrix takes from a Debian suite, with all of their libraries down to the C library and its
 * loader: they run on any Linux of this processor, without root, and as an image of nothing else.
 */
export function suiteFolder(suite: string): Unpacked {
  const releases = RELEASES.filter((release) => release.suite === suite);
  const programs = [...new Set(releases.map(({ product }) => programOf(product)))];
  return {
    name: ['suite', suite, process.arch, LAYOUT].join('-'),
    async fill(target, scratch) {
      const apt = new Apt(scratch, suite);
      await apt.update();
      const needed = await apt.missing(programs, true);
      await unpack(
        apt,
        needed.filter(({ name }) => wanted(name, programs)),
        target,
      );
      await furnish(target);
      for (const name of programs) await prove(programIn(target, name), target);
    },
  };
}

/** The servers (`-tools` have the programs that they are links to) and libraries; no perl, nor what sets up users. */
function wanted(name: string, programs: readonly string[]): boolean {
  if (programs.includes(name) || /^(redis|valkey)-tools$/.test(name)) return true;
  return /^lib|^zlib1g$/.test(name) && !/perl|^libsystemd-shared|^libpam|^libsemanage|^libdb5/.test(name);
}

/** It runs, with nothing from outside: a library of the machine's would be used here, and be missing in a container. */
async function prove(program: Program, root: string): Promise<void> {
  await askVersion(program);
  const { path, libraries = '', loader = '' } = program;
  const list = await run(loader, ['--library-path', libraries, '--list', path], { ms: 10_000 });
  const outside = list.split('\n').filter((line) => line.includes(' => ') && !line.includes(` => ${root}/`));
  if (outside.length > 0) throw new Error(`${path} needs more packages: ${outside.join(', ').trim()}`);
}

/** Makes it a root that a container can have: what the packages base-files and base-passwd would have brought. */
async function furnish(root: string): Promise<void> {
  for (const name of ['usr/share', 'usr/include']) {
    await rm(join(root, name), { recursive: true, force: true });
  }
  // Programs look for their loader in /lib or /lib64, and newer packages bring it in /usr.
  for (const name of ['lib', 'lib64', 'bin', 'sbin']) await mergeIntoUsr(root, name);
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/passwd'), `root:x:0:0::/:/\nnobody:x:65534:65534::/:/\n`);
  await writeFile(join(root, 'etc/group'), `root:x:0:\nnogroup:x:65534:\n`);
  await mkdir(join(root, 'tmp'), { mode: 0o777 });
}

async function mergeIntoUsr(root: string, name: string): Promise<void> {
  const [path, merged] = [join(root, name), join(root, 'usr', name)];
  if (existsSync(path) && !lstatSync(path).isSymbolicLink()) {
    await cp(path, merged, { recursive: true, verbatimSymlinks: true, force: true });
    await rm(path, { recursive: true });
  }
  await mkdir(merged, { recursive: true });
  if (!existsSync(path)) await symlink(`usr/${name}`, path);
}
