import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { launchProcess } from './process-server.ts';
import { askVersion, type Program } from './program.ts';
import type { Found, Identity, Missing, Recipe } from './recipe.ts';
import { answersTo, nameOf } from './release.ts';
import { reason } from './until.ts';

/** A program of this machine. */
export async function findBinary(recipe: Recipe): Promise<Found | Missing> {
  const others: string[] = [];
  for (const name of recipe.programs) {
    const path = which(name, recipe.folders, recipe.setup?.program);
    if (path === undefined) continue;
    const libraries = process.env.LD_LIBRARY_PATH;
    const program: Program = { path, source: 'binary', ...(libraries ? { libraries } : {}) };
    const other = await mismatch(recipe, program);
    if (other !== undefined) {
      others.push(other);
      continue;
    }
    return { where: path, launch: (wanted) => launchProcess(wanted, program) };
  }
  const where = ['not on PATH', ...(recipe.folders ?? [])].join(', nor in ');
  return { missing: others.join('; ') || `${recipe.programs.join(' and ')}: ${where}` };
}

/** Why it is not what was asked for, if so; a `redis-server` may be a Valkey. */
async function mismatch({ asked }: Recipe, program: Program): Promise<string | undefined> {
  if (asked.product === undefined) return undefined;
  try {
    const said = await askVersion(program);
    // `Redis server v=7.0.15 sha=...`, `Valkey server v=9.1.2 sha=...`, `memcached 1.6.18`
    const [, name = '', version = ''] = /^(\w+)(?: server)? (?:v=)?(\d\S*)/m.exec(said) ?? [];
    const product = name.toLowerCase() as Identity['product'];
    if (answersTo(asked, { product, version })) return undefined;
    return `${program.path} is ${product} ${version}, not ${nameOf(asked)}`;
  } catch (error) {
    return reason(error);
  }
}

/**
 * The first program of this name on PATH.
 * @param folders to look in after that
 * @param beside it must be another program of this name
 */
export function which(
  name: string,
  folders: readonly string[] = [],
  beside: string = name,
): string | undefined {
  for (const dir of [...(process.env.PATH ?? '').split(delimiter), ...folders]) {
    if (dir === '') continue;
    const path = resolve(dir, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile() && existsSync(join(dirname(path), beside))) return path;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}
