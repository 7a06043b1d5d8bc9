import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../src/until.ts';
import { converse } from '../src/wire.ts';
import { type Held, hold } from './holder.ts';

/** True once nothing listens there any more. */
const gone = ({ host, port }: Held) =>
  until(async () => {
    const refused = await converse({ host, port }, '', () => undefined, 100).catch((error) => error.message);
    return refused.includes('ECONNREFUSED') || undefined;
  }, 10_000);

/** A folder for temporary files of one holder, to see what it leaves there. */
async function privateTmp(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'servers-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** True once no server's folder is there (testcontainers leaves a lock of its own). */
const empty = (dir: string) =>
  until(() => readdirSync(dir).every((name) => !name.startsWith('cache-')) || undefined, 5000);

describe('when the process that started it', { timeout: 90_000 }, () => {
  test.each([
    ['is killed', 'stay', 'SIGKILL'],
    ['is killed and the server frozen', 'frozen', 'SIGKILL'],
    ['is terminated', 'stay', 'SIGTERM'],
    ['is interrupted', 'stay', 'SIGINT'],
    ['calls process.exit', 'exit', 0],
    ['throws', 'throw', 1],
    ['has nothing left to do', 'end', 0],
    ['closes it', 'close', 0],
  ] as const)('%s, nothing is left', async (_, then, how) => {
    const TMPDIR = await privateTmp();
    const holder = hold(then, 'redis', { TMPDIR });
    const held = await holder.held;
    if (typeof how === 'string') holder.child.kill(how);
    expect(await holder.exit).toBe(how);
    expect(await gone(held)).toBe(true);
    expect(await empty(TMPDIR)).toBe(true);
  });

  test.each(['cluster', 'sentinel'])('is killed, nothing of a %s is left', async (kind) => {
    const TMPDIR = await privateTmp();
    const holder = hold('stay', kind, { TMPDIR });
    const held = await holder.held;
    holder.child.kill('SIGKILL');
    expect(await gone(held)).toBe(true);
    expect(await empty(TMPDIR)).toBe(true);
  });

  test('is killed, no memcached is left', async () => {
    const holder = hold('stay', 'memcached', { MEMCACHED_URL: '' });
    const held = await holder.held;
    holder.child.kill('SIGKILL');
    expect(await gone(held)).toBe(true);
  });
});
