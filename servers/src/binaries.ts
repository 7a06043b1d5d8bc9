import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { launchProcess } from './process-server.ts';
import type { Program } from './program.ts';
import type { Found, Missing, Recipe } from './recipe.ts';

/** A program of this machine. */
export function findBinary(recipe: Recipe): Found | Missing {
  for (const name of recipe.programs) {
    const path = which(name);
    if (path === undefined) continue;
    const libraries = process.env.LD_LIBRARY_PATH;
    const program: Program = { path, source: 'binary', ...(libraries ? { libraries } : {}) };
    return { where: path, launch: (wanted) => launchProcess(wanted, program) };
  }
  return { missing: `${recipe.programs.join(' and ')}: not on PATH` };
}

/** The first program of this name on PATH. */
export function which(name: string): string | undefined {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    if (dir === '') continue;
    const path = resolve(dir, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
