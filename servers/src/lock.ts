import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from './until.ts';

const WAIT_MS = 120_000;

/**
 * Runs `work` while no other process of this machine does, or does not run it once `done` is true.
 *
 * It only saves work: two that run at once must both be right (a lock whose owner was killed is broken, and
 * waiting ends after two minutes).
 */
export async function withLock(dir: string, done: () => boolean, work: () => Promise<void>): Promise<void> {
  const owned = await until(async () => {
    if (done()) return false;
    if (await take(dir)) return true;
    await breakIfDead(dir);
    return undefined;
  }, WAIT_MS);
  if (owned === false) return;
  try {
    if (!done()) await work();
  } finally {
    if (owned) await rm(dir, { recursive: true, force: true });
  }
}

async function take(dir: string): Promise<boolean> {
  // Made with its content and then renamed: a lock never lacks its owner.
  const own = `${dir}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await mkdir(own);
  await writeFile(join(own, 'pid'), String(process.pid));
  try {
    await rename(own, dir);
    return true;
  } catch {
    await rm(own, { recursive: true, force: true });
    return false;
  }
}

async function breakIfDead(dir: string): Promise<void> {
  const pid = Number(await readFile(join(dir, 'pid'), 'utf8').catch(() => ''));
  if (!pid || alive(pid)) return;
  const grave = `${dir}.${process.pid}.dead`;
  await rename(dir, grave).catch(() => {});
  await rm(grave, { recursive: true, force: true });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
