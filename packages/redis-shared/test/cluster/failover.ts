import type { Outcome } from '@cache/core';
import type { RedisAdapter } from '@cache/redis-shared';
import { type RedisCluster, type Server, startRedisCluster } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type ClusterDriver, call, payload, urlsOf } from './driver.ts';
import { Work } from './work.ts';

const TIMEOUT_MS = 500;
/** A busy machine answers late. */
const BOUND_MS = 10_000;

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

  /** Calls that nobody has taken yet when the master is gone, and that can wait. No other call asks who has succeeded. */
  async function calledOnceItIsGone(lonely: RedisAdapter): Promise<Outcome<unknown>[]> {
    // Until the node is known to be silent, a call might be handed over.
    await expect
      .poll(async () => (await lonely.write([writeOf('{0}probe')], call(300)))[0]?.ok, { interval: 1 })
      .toBe(false);
    return await lonely.write([writeOf('{0}patient')], call(40_000));
  }

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
      const quiet = driver.own(urlsOf(cluster));
      await quiet.connection.ready(call());
      const lonely = driver.own(urlsOf(cluster), { stallTimeoutMs: 60_000 });
      await lonely.connection.ready(call(10_000));
      const work = new Work(adapter, keys, TIMEOUT_MS);
      await work.more(500);
      await victim[how]();
      const patient = calledOnceItIsGone(lonely);
      await expect
        .poll(async () => (await cluster.masters()).includes(victim), { timeout: 30_000, interval: 100 })
        .toBe(false);
      const startedAt = performance.now();
      expect((await patient).filter(({ ok }) => !ok)).toEqual([]);
      await lonely.close();
      // Nobody but itself tells it of the successor.
      await quiet.write([writeOf('{0}quiet')], call(300));
      expect(await quiet.write([writeOf('{0}quiet')], call(10_000))).toMatchObject([{ ok: true }]);
      await quiet.close();
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
      expect(backMs).toBeLessThan(10_000);
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

  test('that it has none of, and the cluster serves nobody: calls wait for that to end within their deadlines', async () => {
    for (const replica of await cluster.replicasOf(victim)) await replica.kill();
    await victim.kill();
    const other = writeOf('elsewhere');
    await expect
      .poll(async () => (await adapter.write([other], call(200)))[0], { timeout: 30_000 })
      .toMatchObject({ ok: false, error: { code: 'SERVER', retryable: true, outcome: 'not-applied' } });
    const patient = adapter.write([other, writeOf('{0}')], call(40_000));
    await victim.restart();
    expect((await patient).map(({ ok }) => ok)).toEqual([true, true]);
  });
}

function writeOf(key: string) {
  return { key, payload: payload(key), ttlMs: null };
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
