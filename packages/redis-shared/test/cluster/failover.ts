import type { RedisAdapter } from '@cache/redis-shared';
import { type RedisCluster, type Server, startRedisCluster } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type ClusterDriver, call, urlsOf } from './driver.ts';
import { Work } from './work.ts';

const TIMEOUT_MS = 500;
/** A busy machine answers late. */
const BOUND_MS = 2000;

/** What an adapter does when a replica takes the place of its master. */
export function clusterFailover(driver: ClusterDriver): void {
  let cluster: RedisCluster;
  let adapter: RedisAdapter;
  let keys: string[];
  let victim: Server;
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);

  vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });
  beforeAll(() => {
    process.on('unhandledRejection', onRejection);
  });
  afterAll(() => {
    process.off('unhandledRejection', onRejection);
    expect(rejections).toEqual([]);
  });
  beforeEach(async () => {
    cluster = await startRedisCluster({ replicas: 1 });
    // Of a frozen node only the cluster tells in time.
    adapter = driver.own(urlsOf(cluster), { stallTimeoutMs: 60_000 });
    await adapter.connection.ready(call(10_000));
    keys = Array.from({ length: 60 }, (_, index) => `{${index % 20}}${index}`);
    victim = await cluster.ownerOf(await cluster.slotOf('{0}'));
  });
  afterEach(async () => {
    await adapter.close();
    await cluster.close();
  });

  test('in an orderly way: nothing is lost, nothing is counted twice', async () => {
    const events: string[] = [];
    adapter.connection.on(({ kind }) => events.push(kind));
    const [replica] = await cluster.replicasOf(victim);
    const work = new Work(adapter, keys, 3000);
    await work.more(500);
    await cluster.failover(replica as Server);
    await work.more(500);
    const increments = await work.stop();
    expect(increments).toBeGreaterThan(100);
    expect(work.wrong).toEqual([]);
    expect(work.failures).toEqual([]);
    expect(events).toContain('reconfigured');
    expect(await missing(adapter, work.once.written)).toEqual([]);
  });

  test.each(['kill', 'freeze'] as const)(
    'without an order (%s): calls settle in time, nothing is counted twice, and service comes back by itself',
    async (how) => {
      const work = new Work(adapter, keys, TIMEOUT_MS);
      await work.more(500);
      await victim[how]();
      await expect
        .poll(async () => (await cluster.masters()).includes(victim), { timeout: 30_000, interval: 100 })
        .toBe(false);
      const startedAt = performance.now();
      const all = keys.map((key) => `${key}:v`);
      await expect
        .poll(async () => (await adapter.read(all, call(1000))).filter(({ ok }) => !ok).length, {
          timeout: 20_000,
          interval: 20,
        })
        .toBe(0);
      const backMs = performance.now() - startedAt;
      await work.more(500);
      await work.stop({ lossy: true });
      expect(work.wrong).toEqual([]);
      expect(work.longestMs).toBeLessThan(BOUND_MS);
      expect(backMs).toBeLessThan(3000);
      const codes = new Set(work.failures.map(({ code }) => code));
      expect([...codes].filter((code) => !['TIMEOUT', 'UNAVAILABLE', 'SERVER'].includes(code))).toEqual([]);
      // The old master comes back as a replica, and is not written to.
      if (how === 'kill') await victim.restart();
      else await victim.thaw();
      await cluster.settled();
      const there = await present(adapter, work.once.notApplied);
      expect(there).toEqual([]);
      const again = new Work(
        adapter,
        keys.map((key) => `${key}:again`),
        3000,
      );
      await again.more(500);
      await again.stop();
      expect([again.failures, again.wrong]).toEqual([[], []]);
    },
  );
}

async function present(adapter: RedisAdapter, keys: readonly string[]): Promise<string[]> {
  const outcomes = await adapter.read(keys, call(10_000));
  return keys.filter((_key, index) => {
    const outcome = outcomes[index];
    if (!outcome?.ok) throw new Error(`cannot be read: ${outcome?.error.message}`);
    return outcome.value !== undefined;
  });
}

async function missing(adapter: RedisAdapter, keys: readonly string[]): Promise<string[]> {
  const there = new Set(await present(adapter, keys));
  return keys.filter((key) => !there.has(key));
}
