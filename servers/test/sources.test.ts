import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { which } from '../src/binaries.ts';
import { startMemcached, startRedis } from '../src/index.ts';
import { hold } from './holder.ts';
import { environment, own, say } from './talk.ts';

const timeout = 90_000;

async function freshDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'servers-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

describe('a source', { timeout }, () => {
  test('that has nothing says what to do', async () => {
    environment({ PATH: '', CACHE_SERVERS: 'binaries' });
    const message =
      /redis-server and valkey-server: not on PATH[\s\S]*REDIS_URL[\s\S]*docker pull redis[\s\S]*apt-get/;
    await expect(startRedis()).rejects.toThrow(message);
    await expect(startMemcached()).rejects.toThrow(/memcached: not on PATH[\s\S]*MEMCACHED_URL/);
  });

  test('that is unknown is refused', async () => {
    environment({ CACHE_SERVERS: 'docker' });
    await expect(startRedis()).rejects.toThrow('not one of url, containers, binaries, packages');
  });

  test('that has no such version says which it has', async () => {
    environment({ DOCKER_HOST: undefined, CACHE_SERVERS: undefined, PATH: '' });
    await expect(startRedis({ version: '6', source: 'package' })).rejects.toThrow(
      /no redis 6 [\s\S]*of redis there is only redis 8 and redis 7, not redis 6[\s\S]*docker pull redis:6-alpine/,
    );
    await expect(startMemcached({ version: '1.5', source: 'container' })).rejects.toThrow(
      /no image memcached:1\.5-alpine|no container engine|no engine answers/,
    );
    await expect(startRedis({ version: '7', source: 'url' })).rejects.toThrow(/REDIS_URL/);
  });

  test('of packages says what went wrong when apt-get is not there', async () => {
    environment({ PATH: '', CACHE_SERVERS: 'packages', CACHE_SERVERS_DIR: await freshDir() });
    await expect(startRedis()).rejects.toThrow(/package: there is no apt-get on PATH|they are for Linux/);
  });

  test('of containers gives up in time on an engine that does not answer', async () => {
    const path = join(await freshDir(), 'engine.sock');
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(path, resolve));
    onTestFinished(() => void silent.close());
    environment({ DOCKER_HOST: `unix://${path}`, CACHE_SERVERS: 'containers' });
    const start = performance.now();
    await expect(startRedis()).rejects.toThrow('did not answer within');
    expect(performance.now() - start).toBeLessThan(6000);
    await expect(startRedis()).rejects.toThrow('did not answer within');
    expect(performance.now() - start).toBeLessThan(6000);
  });
});

describe('the URL of the environment', { timeout }, () => {
  test('is taken, and not touched', async () => {
    const real = await own(startRedis({ password: 'secret' }));
    environment({ REDIS_URL: real.url, CACHE_SERVERS: undefined });
    const server = await startRedis();
    expect(server).toMatchObject({
      source: 'url',
      port: real.port,
      version: real.version,
      controllable: false,
    });
    for (const act of ['freeze', 'thaw', 'kill', 'restart'] as const) {
      await expect(server[act]()).rejects.toThrow('somebody else');
    }
    await server.close();
    expect(await say(real, 'AUTH secret')).toBe('+OK');
    await expect(startRedis({ source: 'url', tls: true })).rejects.toThrow('tls needs a server of its own');
  });

  test('of a memcached is taken', async () => {
    const real = await own(startMemcached({ controllable: true }));
    environment({ MEMCACHED_URL: `127.0.0.1:${real.port}`, CACHE_SERVERS: undefined });
    expect(await startMemcached()).toMatchObject({ source: 'url', host: '127.0.0.1', port: real.port });
  });

  test('with nobody there is an error', async () => {
    environment({ REDIS_URL: 'redis://127.0.0.1:1', CACHE_SERVERS: undefined });
    await expect(startRedis()).rejects.toThrow(/no redis answers at 127.0.0.1:1, where REDIS_URL points/);
  });
});

describe.skipIf(process.platform !== 'linux' || !which('apt-get'))('packages', { timeout }, () => {
  test('can be fetched by two processes at once', async (context) => {
    const CACHE_SERVERS_DIR = await freshDir();
    const env = { CACHE_SERVERS: 'packages', CACHE_SERVERS_DIR };
    const holders = [hold('close', 'redis', env), hold('close', 'memcached', env)];
    const ended = await Promise.all(holders.map(({ exit }) => exit));
    const offline = await Promise.all(holders.map(({ held }) => held)).then(
      () => false,
      (error: Error) => error.message.includes('Failed to fetch'),
    );
    // Without a network only the message can be tested, which the next test does anyway.
    context.skip(offline, 'the package mirror cannot be reached');
    for (const holder of holders) expect(await holder.held).toMatchObject({ source: 'package' });
    expect(ended).toEqual([0, 0]);
    // One folder; no lock, no half-made one.
    expect(readdirSync(CACHE_SERVERS_DIR)).toHaveLength(1);
  });

  test('that cannot be fetched say so, and what to do', async () => {
    const env = { CACHE_SERVERS: 'packages', CACHE_SERVERS_DIR: await freshDir() };
    const nowhere = 'http://127.0.0.1:9';
    const holder = hold('close', 'redis', { ...env, http_proxy: nowhere, https_proxy: nowhere });
    await expect(holder.held).rejects.toThrow(/127\.0\.0\.1[\s\S]*let this machine reach the package mirror/);
  });
});
