import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type RedisSentinel, startRedisSentinel } from '../../src/index.ts';
import { ask } from '../../src/resp.ts';
import { say } from '../talk.ts';

const timeout = 90_000;

describe('a master with replicas and sentinels', { timeout }, () => {
  let redis: RedisSentinel;

  beforeAll(async () => {
    redis = await startRedisSentinel({ password: 'pass#word' });
  }, timeout);
  afterAll(() => redis.close());

  test('is one, and replicates', async () => {
    const master = await redis.master();
    expect(redis.nodes.indexOf(master)).toBe(0);
    expect(redis.nodes).toHaveLength(3);
    expect(redis.sentinels).toHaveLength(3);
    await ask(master, 'SET', 'k', 'v');
    expect(await ask(master, 'WAIT', 2, 5000)).toBe(2);
    for (const node of redis.nodes) expect(await ask(node, 'GET', 'k')).toBe('v');
    await expect(ask(redis.nodes[1] ?? master, 'SET', 'k', 'v')).rejects.toThrow('READONLY');
  });

  test('fails over on demand', async () => {
    const before = await redis.master();
    const after = await redis.failover();
    expect(after).not.toBe(before);
    expect(await ask(after, 'SET', 'k', 'later')).toBe('OK');
    await expect(ask(before, 'SET', 'k', 'v')).rejects.toThrow('READONLY');
  });

  test.each(['kill', 'freeze'] as const)('fails over by itself: %s', async (how) => {
    const before = await redis.master();
    await before[how]();
    const after = await redis.newMaster(before);
    expect(after).not.toBe(before);
    await (how === 'kill' ? before.restart() : before.thaw());
    await redis.settled();
    expect(await redis.master()).toBe(after);
    await expect(ask(before, 'SET', 'k', 'v')).rejects.toThrow('READONLY');
  });

  test('a sentinel that was killed comes back and knows', async () => {
    const [, sentinel] = redis.sentinels;
    await sentinel?.kill();
    expect(await redis.master()).toBeDefined();
    await sentinel?.restart();
    await redis.settled();
  });
});

describe('sentinels', { timeout }, () => {
  test('closed leave nothing', async () => {
    const redis = await startRedisSentinel({ replicas: 1, name: 'other' });
    onTestFinished(() => redis.close());
    await redis.sentinels[0]?.freeze();
    await redis.close();
    await redis.close();
    for (const server of [...redis.nodes, ...redis.sentinels]) {
      await expect(say(server, 'PING')).rejects.toThrow('ECONNREFUSED');
    }
  });

  test('take no password that they would forget', async () => {
    await expect(startRedisSentinel({ password: 'two words' })).rejects.toThrow(TypeError);
  });

  test('that cannot start say what they printed', async () => {
    await expect(startRedisSentinel({ config: { nonsense: '1' } })).rejects.toThrow(/nonsense/);
  });
});
