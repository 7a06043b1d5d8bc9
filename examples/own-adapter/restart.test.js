import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '@cache/conformance';
import { createCache } from '@cache/core';
import { ClassicLevel } from 'classic-level';
import { levelAdapter } from './level-adapter.js';

// What the kit cannot ask, since it knows no restart of an adapter: what is on the disk, and who may open it.

/** @param {(location: string) => Promise<void>} run */
async function inFolder(run) {
  const location = await mkdtemp(join(tmpdir(), 'cache-level-'));
  try {
    await run(location);
  } finally {
    await rm(location, { recursive: true });
  }
}

const call = () => ({ deadline: performance.now() + 5000 });
const payload = new Uint8Array(16);

/**
 * @param {ReturnType<typeof levelAdapter>} adapter
 * @param {import('@cache/core').Condition} [when]
 */
async function write(adapter, when) {
  const item = { key: 'k', payload, ttlMs: null, ...(when && { when }) };
  const [outcome] = await adapter.write([item], call());
  assert(outcome?.ok);
  return outcome.value;
}

test('entries outlive a restart, and so do conditions on their version', async () => {
  await inFolder(async (location) => {
    const first = levelAdapter({ location });
    const written = await write(first);
    await first.close();
    assert(written.written);
    const second = levelAdapter({ location });
    const { version } = written;
    assert.equal((await write(second, { version })).written, true);
    // The same key and the same bytes, but another write: the version is another.
    assert.equal((await write(second, { version })).written, false);
    await second.close();
  });
});

test('a second opener fails with UNAVAILABLE, not applied', async () => {
  await inFolder(async (location) => {
    const [holder, other] = [levelAdapter({ location }), levelAdapter({ location })];
    await write(holder);
    const [outcome] = await other.read(['k'], call());
    assert(outcome && !outcome.ok);
    assert.equal(outcome.error.code, 'UNAVAILABLE');
    assert.equal(outcome.error.outcome, 'not-applied');
    await Promise.all([holder.close(), other.close()]);
  });
});

test('purge frees what has ended, and nothing else', async () => {
  await inFolder(async (location) => {
    const clock = new FakeClock();
    const adapter = levelAdapter({ location, clock });
    const until = { deadline: clock.monotonic() + 5000 };
    await adapter.write([{ key: 'dead', payload, ttlMs: 1 }], until);
    await adapter.write([{ key: 'alive', payload, ttlMs: 60_000 }], until);
    clock.advance(1);
    await adapter.purge();
    await adapter.close();
    const db = new ClassicLevel(location);
    assert.deepEqual(await db.keys().all(), ['alive']);
    await db.close();
  });
});

test('a cache over it', async () => {
  await inFolder(async (location) => {
    const cache = createCache({ adapter: levelAdapter({ location }), ttl: '10m' });
    await cache.set('user:1', { name: 'Ada' });
    assert.deepEqual(await cache.get('user:1'), { name: 'Ada' });
    assert.equal(await cache.increment('visits'), 1);
    await cache.close();
  });
});
