import { type Cache, createCache } from '@cache/core';
import { ioredisAdapter } from '@cache/ioredis';
import { type Server, startRedis } from '@cache/servers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeRedisAdapter } from '../src/index.ts';

const MAKERS = {
  ioredis: (url: string) => ioredisAdapter({ url }),
  'node-redis': (url: string) => nodeRedisAdapter({ url }),
};

let server: Server;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

// G12: adapters of one server read each other's entries.
describe.each([
  ['ioredis', 'node-redis'],
  ['node-redis', 'ioredis'],
] as const)('what %s wrote, %s', (first, second) => {
  const deadline = (): { deadline: number } => ({ deadline: performance.now() + 5000 });
  let there: ReturnType<(typeof MAKERS)[keyof typeof MAKERS]>;
  let here: typeof there;
  let writer: Cache<typeof there>;
  let other: Cache<typeof there>;

  beforeAll(async () => {
    there = MAKERS[first](server.url);
    here = MAKERS[second](server.url);
    writer = createCache({ adapter: there, namespace: `by-${first}`, timeout: '5s' });
    other = createCache({ adapter: here, namespace: `by-${first}`, timeout: '5s' });
    await Promise.all([writer.ready(), other.ready()]);
  });
  afterAll(() => Promise.all([writer.close(), other.close()]));

  test.each([
    ['text', 'grüße \u{1f600}'],
    ['numbers and nothing', [0, -1.5, null, false, '']],
    ['objects', { deep: [{ a: 1 }], text: 'x'.repeat(70_000) }],
  ])('reads: %s', async (name, value) => {
    await writer.set(name, value, { ttl: '1m' });
    expect(await other.get(name)).toEqual(value);
    expect(await other.ttl(name)).toBeGreaterThan(50_000);
  });

  test('reads bytes, each of them', async () => {
    const bytes = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
    await writer.setBytes('bytes', bytes);
    expect(Uint8Array.from((await other.getBytes('bytes')) ?? [])).toEqual(bytes);
  });

  test('reads under a key that is hashed', async () => {
    const key = 'long/'.repeat(500);
    await writer.set(key, 1);
    expect(await other.get(key)).toBe(1);
    expect(await other.delete(key)).toBe(true);
    expect(await writer.has(key)).toBe(false);
  });

  test('overwrites and takes away', async () => {
    await writer.set('a', 1);
    await other.set('a', 2);
    expect(await writer.get('a')).toBe(2);
    expect(await other.getAndSet('a', 3)).toBe(2);
    expect(await writer.add('a', 4)).toBe(false);
    expect(await other.delete('a')).toBe(true);
    expect(await writer.add('a', 4)).toBe(true);
  });

  test('compares and sets, by the version that the other wrote', async () => {
    const key = `raw-by-${first}`;
    const payload = (text: string): Uint8Array => Buffer.from(text.padEnd(32, '.'));
    const [written] = await there.write([{ key, payload: payload('first'), ttlMs: 60_000 }], deadline());
    if (!written?.ok || !written.value.written) throw new Error('not written');
    const [read] = await here.read([key], deadline());
    if (!read?.ok || read.value === undefined) throw new Error('not read');
    expect(Buffer.from(read.value.payload)).toEqual(Buffer.from(payload('first')));

    const when = { version: read.value.version };
    const replaced = [{ key, payload: payload('second'), ttlMs: null, when }];
    expect(await here.write(replaced, deadline())).toMatchObject([{ ok: true, value: { written: true } }]);
    // The version of the first write is void for both.
    expect(await here.write(replaced, deadline())).toMatchObject([{ ok: true, value: { written: false } }]);
    const void_ = { key, when: { version: written.value.version } };
    expect(await there.remove([void_], deadline())).toEqual([{ ok: true, value: false }]);
    expect(await there.expiry.remaining([key], deadline())).toEqual([{ ok: true, value: null }]);
  });

  test('counts on, exactly', async () => {
    await writer.increment('n', 2n ** 62n);
    expect(await other.increment('n', 2n ** 62n - 1n)).toBe(2n ** 63n - 1n);
    expect(await writer.decrement('n', 1n)).toBe(2n ** 63n - 2n);
    await expect(other.increment('n', 2n)).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    expect(await writer.incrementFloat('f', 0.5)).toBe(0.5);
    expect(await other.incrementFloat('f', 0.25)).toBe(0.75);
  });

  test('extends, expires and clears', async () => {
    await writer.setMany([
      ['x', 1],
      ['y', 2],
    ]);
    expect(await other.touch('x', { ttl: '1h' })).toBe(true);
    expect(await writer.ttl('x')).toBeGreaterThan(3_000_000);
    await other.expire('y');
    expect(await writer.get('y')).toBeUndefined();
    await other.clear();
    expect(await writer.getMany(['x', 'y'])).toEqual([undefined, undefined]);
    expect(await writer.increment('n')).toBe(1);
  });

  test('finds by prefix', async () => {
    await writer.set('found', 1);
    const match = { prefix: `{by-${first}}v:` };
    const page = await here.scan.page(match, undefined, 1000, deadline());
    expect(page).toMatchObject({
      ok: true,
      value: { keys: expect.arrayContaining([`{by-${first}}v:found`]) },
    });
  });
});
