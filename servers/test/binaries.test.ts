import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { which } from '../src/binaries.ts';
import { programIn } from '../src/debs.ts';
import { startRedis } from '../src/index.ts';
import { suiteFolder } from '../src/suite.ts';
import { unpacked } from '../src/unpacked.ts';
import { environment, own } from './talk.ts';

/** A PATH with one program on it, a shell script. */
async function onPath(name: string, script: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'servers-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, name), 0o755);
  environment({ PATH: dir, CACHE_SERVERS: 'binaries' });
  return dir;
}

/** What runs the Redis 7 that Debian has. */
async function redis7(): Promise<string> {
  const { loader, libraries, path } = programIn(await unpacked(suiteFolder('bookworm')), 'redis-server');
  return `exec ${loader} --library-path ${libraries} ${path} "$@"`;
}

describe('a program on PATH', { timeout: 90_000 }, () => {
  test('is another product or version than it is called', async () => {
    const dir = await onPath(
      'redis-server',
      'echo "Valkey server v=9.1.2 sha=0 malloc=libc bits=64 build=0"',
    );
    await expect(startRedis({ version: '9' })).rejects.toThrow(
      `binary: ${dir}/redis-server is valkey 9.1.2, not redis 9`,
    );
    await onPath('redis-server', 'echo "Redis server v=80.1.2 sha=0 malloc=libc bits=64 build=0"');
    await expect(startRedis({ version: '8' })).rejects.toThrow('is redis 80.1.2, not redis 8');
    await onPath('redis-server', 'echo "error while loading shared libraries" >&2; exit 127');
    await expect(startRedis({ version: '8' })).rejects.toThrow('shared libraries');
    await expect(startRedis({ product: 'valkey' })).rejects.toThrow('valkey-server: not on PATH');
  });
});

const debian = process.platform === 'linux' && which('apt-get');
describe.skipIf(!debian)('a program on PATH that is a Redis 7', { timeout: 90_000 }, () => {
  test('is taken for that, and its start is recorded', async () => {
    const dir = await onPath('redis-server', await redis7());
    environment({ CACHE_SERVERS_LOG: join(dir, 'log') });
    const server = await own(startRedis({ version: '7.0' }));
    expect(server).toMatchObject({ source: 'binary', product: 'redis', controllable: true });
    const [line = '', ...rest] = (await readFile(join(dir, 'log'), 'utf8')).split('\n');
    const { version } = server;
    expect(JSON.parse(line)).toEqual({
      product: 'redis',
      version,
      source: 'binary',
      where: `${dir}/redis-server`,
    });
    expect(rest).toEqual(['']);
  });

  test('and says it were 8 is found out when it answers', async () => {
    await onPath(
      'redis-server',
      `[ "$1" = --version ] && echo "Redis server v=8.0.0 sha=0" && exit\n${await redis7()}`,
    );
    await expect(startRedis({ version: '8' })).rejects.toThrow(/asked for redis 8, but .* is redis 7\./);
  });
});
