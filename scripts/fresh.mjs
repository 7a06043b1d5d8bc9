import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Packs packages as they would be published into a fresh folder outside of this repository, and removes it in the end.
 * @param {readonly string[]} packages their folders
 * @param {(folder: string, tarballs: string[]) => void | Promise<void>} run
 */
export async function inFreshFolder(packages, run) {
  const folder = mkdtempSync(join(tmpdir(), 'cache-fresh-'));
  try {
    for (const name of packages) {
      execFileSync('pnpm', ['pack', '--pack-destination', folder], { cwd: resolve(name), stdio: 'ignore' });
    }
    const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
    await run(
      folder,
      tarballs.map((file) => `./${file}`),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Installs with plain npm.
 * @param {string} folder
 * @param {...string} args
 */
export function npmInstall(folder, ...args) {
  const options = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', [...options, ...args], { cwd: folder, stdio: 'inherit' });
}
