import { startRedisCluster, startRedisSentinel } from '@cache/servers';
import { describe, test } from 'vitest';
import { MS, OPTIONS, overOneServer } from '../../../redis-shared/test/tiers/one-server.ts';
import { runTiers } from '../../../redis-shared/test/tiers/run.ts';
import { failedOver, frozen, frozenProcess } from '../../../redis-shared/test/tiers/troubles.ts';

describe('three processes with local tiers, through troubles', () => {
  overOneServer('ioredis', 'redis', 'tracking');
  overOneServer('ioredis', 'redis', 'pubsub');
  overOneServer('ioredis', 'valkey', 'tracking');

  test('over tracking on a cluster', OPTIONS, async () => {
    const cluster = await startRedisCluster();
    try {
      const [first, second] = cluster.nodes;
      await runTiers({
        driver: 'ioredis',
        way: () => ({ cluster: cluster.nodes.map(({ url }) => url) }),
        bus: 'tracking',
        ms: MS,
        troubles: [frozenProcess, frozen(() => first as never), frozenProcess, frozen(() => second as never)],
      });
    } finally {
      await cluster.close();
    }
  });

  test('over tracking on sentinels', OPTIONS, async () => {
    const group = await startRedisSentinel();
    try {
      await runTiers({
        driver: 'ioredis',
        way: () => ({
          sentinels: group.sentinels.map(({ host, port }) => ({ host, port })),
          name: group.name,
        }),
        bus: 'tracking',
        ms: MS,
        troubles: [frozenProcess, failedOver(() => group), frozenProcess],
      });
    } finally {
      await group.close();
    }
  });
});
