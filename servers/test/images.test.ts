import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { which } from '../src/binaries.ts';
import { Engine } from '../src/engine.ts';
import { importFolder } from '../src/engine-images.ts';
import { type Provided, provideImages, startRedis } from '../src/index.ts';
import { RELEASES } from '../src/release.ts';
import { environment, own } from './talk.ts';

/** How an engine's registry behaves. */
type Registry = 'has all' | 'is silent' | 'has nothing';

/**
 * The few calls of an engine that concern images. Which registry and which images an engine has cannot be arranged
 * with a real one; that such images start is for `matrix.test.ts`.
 */
async function fakeEngine(registry: Registry, refuses = false) {
  const images = new Set<string>();
  const imported: number[] = [];
  const dir = await mkdtemp(join(tmpdir(), 'servers-test-'));
  const socket = join(dir, 'engine.sock');
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://engine');
    const reply = (status: number, body = '') => response.writeHead(status).end(body);
    const size = await sizeOf(request);
    if (url.pathname === '/_ping') return reply(200, 'OK');
    const [, what, image] = /^\/(images|distribution)\/(.*)\/json$/.exec(url.pathname) ?? [];
    if (what === 'images') return reply(images.has(image ?? '') ? 200 : 404);
    if (what === 'distribution') {
      if (registry === 'is silent') return undefined;
      return reply(registry === 'has all' ? 200 : 404);
    }
    const from = url.searchParams.get('fromImage');
    const name = from ?? `${url.searchParams.get('repo')}:${url.searchParams.get('tag')}`;
    if (refuses) return reply(200, '{"error":"no space left"}');
    if (url.searchParams.get('fromSrc')) imported.push(size);
    images.add(name);
    return reply(200);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await rm(dir, { recursive: true, force: true });
  });
  environment({ DOCKER_HOST: `unix://${socket}` });
  return { images, imported, engine: new Engine({ socketPath: socket }) };
}

async function sizeOf(request: IncomingMessage): Promise<number> {
  let size = 0;
  for await (const chunk of request) size += (chunk as Buffer).length;
  return size;
}

async function provided(): Promise<Provided[]> {
  const all: Provided[] = [];
  await provideImages((one) => all.push(one));
  return all;
}

const debian = process.platform === 'linux' && which('apt-get') !== undefined;

describe('the images of the matrix', { timeout: 120_000 }, () => {
  test('are pulled where a registry can be reached, and only once', async () => {
    const { images, imported } = await fakeEngine('has all');
    const first = await provided();
    expect(first.map(({ how }) => how)).toEqual(RELEASES.map(() => 'pulled'));
    expect([...images]).toContain('valkey/valkey:9-alpine');
    expect(imported).toEqual([]);
    expect((await provided()).map(({ how }) => how)).toEqual(RELEASES.map(() => 'was there'));
  });

  test.skipIf(!debian).each(['is silent', 'has nothing'] as const)(
    'are made of Debian packages where the registry %s, one for each suite',
    async (registry) => {
      const { images, imported } = await fakeEngine(registry);
      const start = performance.now();
      expect((await provided()).map(({ how }) => how)).toEqual(RELEASES.map(() => 'made of Debian packages'));
      expect(performance.now() - start).toBeLessThan(100_000);
      expect(images.size).toBe(RELEASES.length);
      expect(imported).toHaveLength(new Set(RELEASES.map(({ suite }) => suite)).size);
      for (const size of imported) expect(size).toBeGreaterThan(10_000_000);
    },
  );

  test.skipIf(!debian)('are not needed: without them the next source is asked', async () => {
    await fakeEngine('has all');
    environment({ CACHE_SERVERS: undefined });
    const server = await own(startRedis({ version: '7' }));
    expect(server.source).toMatch(/^(binary|package)$/);
  });

  test('are not there when the engine reports an error after it said 200', async () => {
    const { engine } = await fakeEngine('has nothing', true);
    const dir = await mkdtemp(join(tmpdir(), 'servers-test-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    await expect(importFolder(engine, dir, 'cache-servers/x:1')).rejects.toThrow('no space left');
    await expect(importFolder(engine, join(dir, 'none'), 'cache-servers/x:1')).rejects.toThrow(
      /tar failed|no space/,
    );
  });

  test('need an engine', async () => {
    environment({ DOCKER_HOST: 'unix:///nowhere/engine.sock' });
    await expect(provided()).rejects.toThrow('no container engine');
  });
});
