import { describe, expect, test } from 'vitest';
import { type Server, startMemcached, startRedis } from '../src/index.ts';
import { RELEASES } from '../src/release.ts';
import { ask } from '../src/resp.ts';
import { own, say } from './talk.ts';

/** What a server says of itself on the wire, in the words of `ServerInfo`. */
async function identityOf(server: Server): Promise<string> {
  if (server.kind === 'memcached') return (await say(server, 'version')).replace('VERSION', 'memcached');
  const info = String(await ask(server, 'INFO', 'server'));
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
  return valkey ? `valkey ${valkey}` : `redis ${/^redis_version:(\S+)/m.exec(info)?.[1]}`;
}

describe('a server of the matrix', { timeout: 120_000 }, () => {
  test.each(RELEASES)('is what was asked for: $product $version', async ({ product, version }) => {
    const options = { controllable: true, version };
    const starting = product === 'memcached' ? startMemcached(options) : startRedis({ ...options, product });
    const server = await own(starting);
    expect(`${product} ${server.version}.`).toContain(`${product} ${version}.`);
    expect(await identityOf(server)).toBe(`${product} ${server.version}`);
    expect(server.product).toBe(product);
    await server.kill();
    await server.restart();
    expect(await identityOf(server)).toBe(`${product} ${server.version}`);
  });

  test('is a Redis where only a version is asked for', async () => {
    const server = await own(startRedis({ version: '7' }));
    expect(await identityOf(server)).toMatch(/^redis 7\./);
  });

  test('is a Valkey of any version where none is asked for', async () => {
    const server = await own(startRedis({ product: 'valkey' }));
    expect(await identityOf(server)).toMatch(/^valkey \d/);
  });
});
