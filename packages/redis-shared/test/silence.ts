import type { RedisAdapter } from '@cache/redis-shared';
import { startRedis } from '@cache/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** What is no silence of the server. */
export function silences(
  open: (options: { readonly url: string; readonly stallTimeoutMs: number }) => RedisAdapter,
): void {
  let server: Awaited<ReturnType<typeof startRedis>>;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());

  /** An adapter that takes calls, and what its connection tells from then on. */
  async function watched(stallTimeoutMs: number) {
    const adapter = open({ url: server.url, stallTimeoutMs });
    await adapter.connection.ready(call());
    const kinds: string[] = [];
    adapter.connection.on(({ kind }) => kinds.push(kind));
    return { adapter, kinds };
  }

  test('a process that slept does not take its own silence for that of the server', async () => {
    const { adapter, kinds } = await watched(1000);
    const answer = adapter.read(['a'], call());
    await new Promise(setImmediate);
    const end = performance.now() + 1200;
    while (performance.now() < end);
    expect((await answer)[0]?.ok).toBe(true);
    expect(kinds).toEqual([]);
    await adapter.close();
  });

  test('a connection that is idle for longer than that stays', async () => {
    const { adapter, kinds } = await watched(500);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect((await adapter.read(['a'], call()))[0]?.ok).toBe(true);
    expect(kinds).toEqual([]);
    await adapter.close();
  });
}

const call = () => ({ deadline: performance.now() + 10_000 });
