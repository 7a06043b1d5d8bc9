import { existsSync, realpathSync, statSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Recipe } from './recipe.ts';

/** Whom a program runs as. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Nobody of nogroup, wherever there is one. */
const NOBODY: User = { uid: 65_534, gid: 65_534 };

/** Whom a server runs as, if not as we do. */
export function userFor({ unprivileged }: Pick<Recipe, 'unprivileged'>): User | undefined {
  return unprivileged && process.getuid?.() === 0 ? NOBODY : undefined;
}

/** Makes a folder this user's, who must be able to reach it. */
export async function giveTo(user: User | undefined, dir: string): Promise<void> {
  if (user === undefined) return;
  if (!isOpen(dirname(dir))) {
    throw new Error(
      `servers: the server refuses to run as root, and uid ${user.uid}, which it gets instead, cannot enter ` +
        `${dirname(dir)}. Let TMPDIR be a folder that all may enter.`,
    );
  }
  await chown(dir, user.uid, user.gid);
}

/** Whether all may enter a folder, or as much of its path as there is. */
export function isOpen(dir: string): boolean {
  let path = dir;
  while (!existsSync(path)) path = dirname(path);
  for (path = realpathSync(path); (statSync(path).mode & 0o001) !== 0; path = dirname(path)) {
    if (path === dirname(path)) return true;
  }
  return false;
}
