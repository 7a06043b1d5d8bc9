import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type RedisCluster, type Server, startRedisCluster } from '../../src/index.ts';
import { ask } from '../../src/resp.ts';
import { alive, say } from '../talk.ts';

const timeout = 90_000;

/** Sends one command to a node and gives the reply, or the text of its error. */
const told = (node: Server, ...command: string[]): Promise<unknown> =>
  ask(node, ...command).catch((error: Error) => error.message);

describe('a cluster of three masters', { timeout }, () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, timeout);
  afterAll(() => cluster.close());

  test('shares all slots and redirects', async () => {
    expect(await cluster.masters()).toHaveLength(3);
    const owners = await Promise.all(
      ['a', 'b', 'c'].map(async (key) => cluster.ownerOf(await cluster.slotOf(key))),
    );
    expect(new Set(owners).size).toBe(3);
    const [owner, other] = owners as [Server, Server];
    expect(await told(owner, 'SET', 'a', '1')).toBe('OK');
    expect(await told(other, 'GET', 'a')).toContain(
      `MOVED ${await cluster.slotOf('a')} 127.0.0.1:${owner.port}`,
    );
    expect(await cluster.slotOf('{user}a')).toBe(await cluster.slotOf('{user}b'));
  });

  test('moves a slot with its keys', async () => {
    const slot = await cluster.slotOf('{moved}');
    const from = await cluster.ownerOf(slot);
    const [to] = (await cluster.masters()).filter((node) => node !== from) as [Server];
    const keys = Array.from({ length: 250 }, (_, i) => `{moved}:${i}\u{e9}`);
    for (const key of keys) await ask(from, 'SET', Buffer.from(key).toString('latin1'), 'x', 'PX', '600000');
    await cluster.moveSlot(slot, from, to);
    expect(await cluster.ownerOf(slot)).toBe(to);
    expect(await told(to, 'CLUSTER', 'COUNTKEYSINSLOT', String(slot))).toBe(250);
    expect(await told(from, 'GET', '{moved}:0')).toContain('MOVED');
  });

  test('can stop half way, and then asks', async () => {
    const slot = await cluster.slotOf('{half}');
    const from = await cluster.ownerOf(slot);
    const [to] = (await cluster.masters()).filter((node) => node !== from) as [Server];
    for (const key of ['{half}1', '{half}2']) await ask(from, 'SET', key, key);
    const move = await cluster.beginMove(slot, from, to);
    expect(await move.moveKeys(1)).toBe(1);
    const answers = await Promise.all(['{half}1', '{half}2'].map((key) => told(from, 'GET', key)));
    expect(answers.map((answer) => String(answer).includes(`ASK ${slot}`)).sort()).toEqual([false, true]);
    expect(await told(from, 'MGET', '{half}1', '{half}2')).toContain('TRYAGAIN');
    await move.finish();
    await cluster.settled();
    expect(await told(to, 'MGET', '{half}1', '{half}2')).toEqual(['{half}1', '{half}2']);
  });

  test('is down while a master is, and up again when that is', async () => {
    const slot = await cluster.slotOf('here');
    const dead = await cluster.ownerOf(slot);
    const [other] = cluster.nodes.filter((node) => node !== dead) as [Server];
    await dead.kill();
    await expect.poll(() => told(other, 'GET', 'x'), { timeout: 20_000 }).toContain('CLUSTERDOWN');
    await dead.restart();
    await cluster.settled();
    expect(await cluster.ownerOf(slot)).toBe(dead);
    expect(await told(dead, 'SET', 'here', '1')).toBe('OK');
  });
});

describe('a cluster with replicas', { timeout }, () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster({ replicas: 1, password: 'p "\\w', nodeTimeoutMs: 1000 });
  }, timeout);
  afterAll(() => cluster.close());

  test('asks for the password, and makes a replica the master on demand', async () => {
    const slot = await cluster.slotOf('kept');
    const master = await cluster.ownerOf(slot);
    expect(await say(master, 'PING')).toMatch(/^-NOAUTH/);
    expect(await told(master, 'SET', 'kept', '1')).toBe('OK');
    const [replica] = (await cluster.replicasOf(master)) as [Server];
    await cluster.failover(replica);
    expect(await cluster.ownerOf(slot)).toBe(replica);
    expect(await cluster.replicasOf(replica)).toEqual([master]);
    expect(await told(replica, 'GET', 'kept')).toBe('1');
    const [to] = (await cluster.masters()).filter((node) => node !== replica) as [Server];
    await cluster.moveSlot(slot, replica, to);
    expect(await told(to, 'GET', 'kept')).toBe('1');
  });

  test.each(['kill', 'freeze'] as const)('fails over by itself: %s', async (how) => {
    const slot = await cluster.slotOf(`any-${how}`);
    const master = await cluster.ownerOf(slot);
    const [replica] = (await cluster.replicasOf(master)) as [Server];
    await master[how]();
    await expect.poll(async () => await cluster.ownerOf(slot), { timeout: 20_000 }).toBe(replica);
    await cluster.settled();
    await (how === 'kill' ? master.restart() : master.thaw());
    await expect.poll(() => cluster.replicasOf(replica), { timeout: 20_000 }).toEqual([master]);
    await cluster.settled();
  });
});

describe('a cluster', { timeout }, () => {
  test('closed leaves nothing', async () => {
    const cluster = await startRedisCluster();
    onTestFinished(() => cluster.close());
    const pids = await Promise.all(
      cluster.nodes.map(async (node) =>
        Number(/process_id:(\d+)/.exec(String(await ask(node, 'INFO', 'server')))?.[1]),
      ),
    );
    await cluster.nodes[1]?.freeze();
    await cluster.close();
    await cluster.close();
    for (const node of cluster.nodes) await expect(say(node, 'PING')).rejects.toThrow('ECONNREFUSED');
    if (cluster.nodes[0]?.source !== 'container') expect(pids.filter(alive)).toEqual([]);
  });

  test('that cannot start says what it printed', async () => {
    await expect(startRedisCluster({ config: { nonsense: '1' } })).rejects.toThrow(/nonsense/);
    await expect(startRedisCluster({ masters: 1 })).rejects.toThrow(RangeError);
  });
});
