import { type FaultProxy, openProxy } from '@cache/conformance';
import { startRedis, startRedisCluster, startRedisSentinel } from '@cache/servers';
import { describe, test } from 'vitest';
import { runTiers } from '../../../redis-shared/test/tiers/run.ts';
import {
  cut,
  delayed,
  failedOver,
  frozen,
  frozenProcess,
  restarted,
} from '../../../redis-shared/test/tiers/troubles.ts';

// A minute where somebody asks for it; CI has more to do.
const MS = Number(process.env.CACHE_TIERS_SECONDS ?? 20) * 1000;
const OPTIONS = { timeout: 120_000 + 3 * MS };

describe('three processes with local tiers, through troubles', () => {
  for (const product of ['redis', 'valkey'] as const) {
    for (const bus of product === 'redis' ? (['tracking', 'pubsub'] as const) : (['tracking'] as const)) {
      test(`over ${bus} on ${product}`, OPTIONS, async () => {
        const server = await startRedis({ product, controllable: true });
        const proxies: FaultProxy[] = [];
        try {
          for (let i = 0; i < 3; i += 1) proxies.push(await openProxy({ target: server, protocol: 'resp' }));
          await runTiers({
            driver: 'ioredis',
            way: (index) => ({ url: proxies[index]?.url('redis') }),
            bus,
            ms: MS,
            troubles: [
              frozenProcess,
              cut(() => proxies),
              delayed(() => proxies),
              frozen(() => server),
              restarted(() => server),
              cut(() => proxies),
            ],
          });
        } finally {
          await Promise.all(proxies.map((proxy) => proxy.close()));
          await server.close();
        }
      });
    }
  }

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
