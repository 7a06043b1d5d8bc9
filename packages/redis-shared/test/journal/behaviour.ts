import { setImmediate as turn } from 'node:timers/promises';
import { journalConformance } from '@cache/conformance';
import { type Clock, createCache, writeBehind } from '@cache/core';
import type { RedisAdapter } from '@cache/redis-shared';
import { type RedisCluster, type Server, startRedis, startRedisCluster } from '@cache/servers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FencedRows, StoppedClock } from './frozen.ts';

/** How a driver's adapter is opened. */
export interface JournalDriver {
  toServer(url: string, clock?: Clock): RedisAdapter;
  toCluster(urls: readonly string[]): RedisAdapter;
}

/** What is frozen has lost its right after it. */
const LEASE = '200ms';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Journals in Redis streams. */
export function journalBehaviour({ toServer, toCluster }: JournalDriver): void {
  let server: Server;
  const adapters: RedisAdapter[] = [];
  const opened = (adapter: RedisAdapter): RedisAdapter => {
    adapters.push(adapter);
    return adapter;
  };
  beforeAll(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    await Promise.all(adapters.splice(0).map((adapter) => adapter.close()));
  });
  afterAll(() => server.close());

  journalConformance(
    { describe, test },
    {
      name: 'a stream of Redis',
      async open({ prefix }) {
        const clock = new StoppedClock();
        const used: RedisAdapter[] = [];
        return {
          open() {
            // The first one can be stopped: whoever takes over is another process.
            const adapter = used.length === 0 ? toServer(server.url, clock) : toServer(server.url);
            used.push(adapter);
            return adapter.journal.open(prefix, { lease: LEASE });
          },
          async lapse() {
            clock.stopped = true;
            const adapter = toServer(server.url);
            used.push(adapter);
            const waiting = adapter.journal.open(prefix, { lease: LEASE });
            await claimed(waiting);
            await waiting.close();
          },
          async [Symbol.asyncDispose]() {
            clock.wake();
            await Promise.all(used.map((adapter) => adapter.close()));
          },
        };
      },
    },
  );

  async function keepsInOrder(open: () => RedisAdapter, name: string): Promise<void> {
    const first = opened(open()).journal.open(name);
    const { fence } = await first.claim();
    const [a, b, c] = await first.append([bytes(1), bytes(0, 255, 13, 10), bytes()]);
    expect(b).toBe((a ?? 0) + 1);
    await first.acknowledge([b ?? 0, 12345]);
    await first.close();
    const second = opened(open()).journal.open(name);
    const claimed = await second.claim();
    expect(claimed.fence).toBeGreaterThan(fence);
    const records = await second.read(0, 10);
    expect(records.map((record) => [record.sequence, ...record.bytes])).toEqual([[a, 1], [c]]);
    expect(await second.read(a ?? 0, 10)).toHaveLength(1);
    expect(await second.read(0, 1)).toHaveLength(1);
    await second.acknowledge(records.map(({ sequence }) => sequence));
    const [d] = await second.append([bytes(9)]);
    expect(d).toBeGreaterThan(c ?? Number.POSITIVE_INFINITY);
    await second.close();
  }

  test('keeps records in order over tenures, until they are acknowledged', async () => {
    await keepsInOrder(() => toServer(server.url), 'order');
  });

  test('refuses a server that may evict it, a name with braces, and work without a claim', async () => {
    const config = { maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' };
    const evicting = await startRedis({ config });
    const journal = opened(toServer(evicting.url)).journal.open('a');
    await expect(journal.claim()).rejects.toMatchObject({ code: 'UNSUPPORTED', message: /allkeys-lru/ });
    await evicting.close();
    const adapter = opened(toServer(server.url));
    expect(() => adapter.journal.open('{a}')).toThrow(/braces/);
    await expect(adapter.journal.open('b').append([bytes(1)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('needs no more rights than its commands, on its own keys', async () => {
    const commands = 'eval info time xadd xdel xrange hget hset get set del'.split(' ');
    const rights = ['+@connection', ...commands.map((command) => `+${command}`)].join(' ');
    const guarded = await startRedis({ config: { user: `writer on >secret ~{own}j:* ${rights}` } });
    const url = guarded.url.replace('redis://', 'redis://writer:secret@');
    const journal = opened(toServer(url)).journal.open('own');
    await journal.claim();
    const [sequence = 0] = await journal.append([bytes(1)]);
    expect(await journal.read(0, 10)).toHaveLength(1);
    await journal.acknowledge([sequence]);
    await journal.close();
    const others = opened(toServer(url)).journal.open('other');
    await expect(others.claim()).rejects.toMatchObject({ code: 'SERVER' });
    await guarded.close();
  });

  test('whoever is frozen past the lease and woken can neither append nor forget, and hears of it', async () => {
    const clock = new StoppedClock();
    const frozen = opened(toServer(server.url, clock)).journal.open('frozen', { lease: '1s' });
    const { lost } = await frozen.claim();
    const [a] = await frozen.append([bytes(1)]);
    const next = opened(toServer(server.url)).journal.open('frozen', { lease: '1s' });
    await expect(next.claim()).rejects.toMatchObject({ code: 'BUSY', retryable: true });
    clock.stopped = true;
    const { fence } = await claimed(next);
    const [b] = await next.append([bytes(2)]);
    // It runs again before any timer has told it the time.
    await expect(frozen.append([bytes(3)])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(lost.aborted).toBe(true);
    await expect(frozen.acknowledge([a ?? 0])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    clock.wake();
    expect((await next.read(0, 10)).map(({ sequence }) => sequence)).toEqual([a, b]);
    expect(fence).toBeGreaterThan(0);
    await frozen.close();
    // The late close of the old one has not taken the lease of the new one.
    await expect(
      opened(toServer(server.url)).journal.open('frozen', { lease: '1s' }).claim(),
    ).rejects.toMatchObject({ code: 'BUSY' });
    await next.close();
  });

  test('a lease is renewed for as long as its holder lives', async () => {
    const held = opened(toServer(server.url)).journal.open('held', { lease: '1s' });
    const { lost } = await held.claim();
    const until = performance.now() + 2500;
    const other = opened(toServer(server.url)).journal.open('held');
    while (performance.now() < until) await expect(other.claim()).rejects.toMatchObject({ code: 'BUSY' });
    expect(lost.aborted).toBe(false);
    await held.append([bytes(1)]);
    await held.close();
    await other.claim();
    await other.close();
  });

  test('write-behind: one that was frozen in a write and is woken does not overwrite a newer one', async () => {
    const store = new FencedRows();
    const clock = new StoppedClock();
    const first = repositoryOn(opened(toServer(server.url, clock)), store);
    store.hold = true;
    await first.set('a', 1);
    await store.held.promise;
    clock.stopped = true;
    store.hold = false;
    const second = repositoryOn(opened(toServer(server.url)), store);
    for (;;) {
      const error = await second.set('a', 2).catch((caught: unknown) => caught);
      if (error === undefined) break;
      // A call that is refused at once must not keep the timer of the next attempt from running.
      await turn();
    }
    await second.flush();
    expect(store.rows.get('a')).toBe(2);
    clock.wake();
    store.release();
    await store.late;
    expect(store.rows.get('a')).toBe(2);
    await second.close();
    await first.close();
  });

  describe('on a cluster', () => {
    let cluster: RedisCluster;
    beforeAll(async () => {
      cluster = await startRedisCluster();
    });
    afterAll(() => cluster.close());

    test('a journal is on one node, whichever that is', async () => {
      const urls = cluster.nodes.map(({ url }) => url);
      for (const name of ['a', 'b', 'c', 'd']) await keepsInOrder(() => toCluster(urls), name);
    });
  });
}

/** Tries until whoever had it before has it no more. */
async function claimed(journal: ReturnType<RedisAdapter['journal']['open']>): Promise<{ fence: number }> {
  for (;;) {
    const tenure = await journal.claim().catch(() => undefined);
    if (tenure !== undefined) return tenure;
    await turn();
  }
}

function repositoryOn(adapter: RedisAdapter, store: FencedRows) {
  return writeBehind({
    cache: createCache({ adapter, ownsAdapter: false, namespace: 'rows', timeout: '10s' }),
    store,
    journal: adapter.journal.open('rows', { lease: '1s' }),
    batch: { interval: '5ms' },
    retry: { first: '10ms', most: '50ms' },
  });
}
