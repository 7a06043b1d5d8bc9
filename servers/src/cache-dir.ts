import { existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Folders in which unpacked packages may be, the best first: CACHE_SERVERS_DIR alone if it is set, else
 * `node_modules/.cache/servers` of the workspace, then the user's own for a tree that he may only read.
 */
export function cacheDirs(): string[] {
  const given = process.env.CACHE_SERVERS_DIR;
  if (given) return [given];
  const root = workspace();
  const user = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const id = process.getuid?.() ?? 'user';
  return [
    ...(root ? [join(root, 'node_modules', '.cache', 'servers')] : []),
    join(user, 'cache-servers'),
    join(tmpdir(), `cache-servers-${id}`),
  ];
}

/** The first of these folders that can be had and written to, made if need be. */
export function writable(dirs: readonly string[]): string | undefined {
  return dirs.find((dir) => {
    try {
      mkdirSync(dir, { recursive: true });
      const { uid, mode } = statSync(dir);
      const me = process.getuid?.();
      // Programs are run from here: nobody else may have put them there (/tmp belongs to all).
      if (me === undefined) return true;
      return uid === me && (mode & 0o022) === 0;
    } catch {
      return false;
    }
  });
}

function workspace(): string | undefined {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'pnpm-workspace.yaml'))) return dir;
    if (dir === dirname(dir)) return undefined;
  }
}
