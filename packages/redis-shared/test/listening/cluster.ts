import type { RedisAdapter } from '@cache/redis-shared';
import { type RedisCluster, type Server, startRedisCluster } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { busy, type ClusterDriver, call, more, payload, urlsOf } from '../cluster/driver.ts';
import { subscribed, tracked } from './ears.ts';
import { Wire } from './wire.ts';

/** What an adapter hears of a cluster whose masters stay. */
export function clusterListening(driver: ClusterDriver): void {
  let cluster: RedisCluster;
  let adapter: RedisAdapter;
  let wires: readonly Wire[];

  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  beforeAll(async () => {
    cluster = await startRedisCluster({
      // A node that is killed keeps its slots, and the others go on.
      nodeTimeoutMs: 60_000,
      config: { 'cluster-require-full-coverage': 'no' },
    });
  });
  afterAll(() => cluster.close());
  beforeEach(async () => {
    adapter = driver.own(urlsOf(cluster), { stallTimeoutMs: 1000 });
    wires = cluster.nodes.map((node) => new Wire(node));
    await adapter.connection.ready(call());
  });
  afterEach(async () => {
    await adapter.close();
    for (const wire of wires) wire.close();
  });

  /** Which nodes are listened to. */
  const listening = async (): Promise<Server[]> => {
    const all = await Promise.all(wires.map((wire) => wire.clients()));
    return cluster.nodes.filter((_node, index) => all[index]?.some(({ flags }) => flags.includes('P')));
  };

  /** A key of each node. */
  async function ofEach(name: string): Promise<string[]> {
    const found = new Map<Server, string>();
    for (let index = 0; found.size < cluster.nodes.length; index += 1) {
      const key = `${name}${index}`;
      found.set(await cluster.ownerOf(await cluster.slotOf(key)), key);
    }
    return cluster.nodes.map((node) => found.get(node) as string);
  }

  test('a message is heard whichever node numbers it, over one connection', async () => {
    const channels = await ofEach('channel');
    const all = channels.map((channel) => subscribed(adapter.pubsub, channel));
    await expect.poll(() => all.every(({ told }) => told.length === 1)).toBe(true);
    expect(await listening()).toHaveLength(1);
    for (const channel of channels) await adapter.pubsub.publish(channel, channel, call());
    await expect.poll(() => all.flatMap(({ texts }) => texts)).toEqual(channels);
  });

  test('when the node that is listened to goes away, another one is', async () => {
    // Found by trying, since any node may be chosen.
    const heard = subscribed(adapter.pubsub, 'a');
    await expect.poll(() => heard.told).toEqual(['subscribed']);
    const [node] = (await listening()) as [Server];
    const others = await ofEach('channel');
    const channel = others[(cluster.nodes.indexOf(node) + 1) % 3] as string;
    const other = subscribed(adapter.pubsub, channel);
    await expect.poll(() => other.told).toEqual(['subscribed']);
    await node.kill();
    try {
      await expect.poll(() => other.told, { timeout: 10_000 }).toEqual(['subscribed', 'lost', 'subscribed']);
      expect(await adapter.pubsub.publish(channel, 'over another', call())).toMatchObject({ ok: true });
      await expect.poll(() => other.texts).toEqual(['over another']);
    } finally {
      await node.restart();
      await cluster.settled();
    }
  });

  test('changes on every master are tracked; one that is lost is told, and confirms nothing', async () => {
    const noted = tracked(adapter.tracking, 'key');
    await expect.poll(() => noted.told).toEqual(['hearing']);
    expect(await listening()).toHaveLength(3);
    const keys = await ofEach('key');
    const writes = keys.map((key) => ({ key, payload: payload('v'), ttlMs: null }));
    await adapter.write(writes, call());
    expect(await noted.tracked.confirm(call())).toMatchObject({ ok: true });
    expect([...noted.keys].sort()).toEqual([...keys].sort());
    await wires[1]?.ask('CLIENT', 'KILL', 'TYPE', 'PUBSUB');
    await expect.poll(() => noted.told).toEqual(['hearing', 'lost', 'hearing']);
    await adapter.write(writes, call());
    await expect.poll(async () => (await noted.tracked.confirm(call())).ok).toBe(true);
    expect(noted.keys).toHaveLength(6);

    const victim = cluster.nodes[2] as Server;
    await victim.kill();
    try {
      await expect.poll(() => noted.told.at(-1), { timeout: 10_000 }).toBe('lost');
      expect(await noted.tracked.confirm(call(300))).toMatchObject({ ok: false });
    } finally {
      await victim.restart();
      await cluster.settled();
    }
    await expect.poll(() => noted.told.at(-1), { timeout: 20_000 }).toBe('hearing');
    await expect.poll(async () => (await noted.tracked.confirm(call())).ok, { timeout: 10_000 }).toBe(true);
  });

  test('a key that is moved to another master is told of before and after', async () => {
    const noted = tracked(adapter.tracking, 'moved');
    await expect.poll(() => noted.told).toEqual(['hearing']);
    const write = { key: 'moved', payload: payload('v'), ttlMs: null };
    await adapter.write([write], call());
    const slot = await cluster.slotOf('moved');
    const from = await cluster.ownerOf(slot);
    const to = (await cluster.masters()).find((master) => master !== from) as Server;
    await cluster.moveSlot(slot, from, to);
    const before = noted.keys.length;
    await adapter.write([write], call());
    await expect.poll(async () => (await noted.tracked.confirm(call())).ok, { timeout: 10_000 }).toBe(true);
    expect(noted.keys.slice(before)).toContain('moved');
    await cluster.moveSlot(slot, to, from);
  });

  test('over a caller’s cluster; nothing is left behind', async () => {
    const before = busy();
    const { adapter: own, end } = await driver.caller(urlsOf(cluster), { keyPrefix: 'app:' });
    const heard = subscribed(own.pubsub, 'a');
    const noted = tracked(own.tracking, 'key');
    await expect.poll(() => [...heard.told, ...noted.told]).toEqual(['subscribed', 'hearing']);
    await own.close();
    await end();
    await expect.poll(() => more(before), { timeout: 5000 }).toEqual([]);
    expect(noted.told).toEqual(['hearing', 'lost']);
  });
}
