import type { RedisAdapter } from '@cache/redis-shared';
import { type RedisCluster, type Server, startRedisCluster } from '@cache/servers';
import { afterEach, beforeEach, test, vi } from 'vitest';
import { type ClusterDriver, call, urlsOf } from '../cluster/driver.ts';
import { listensOn } from './failover.ts';

/** What an adapter hears of a cluster when a replica takes the place of its master. */
export function clusterListeningFailover(driver: ClusterDriver): void {
  let cluster: RedisCluster;
  let adapter: RedisAdapter;
  let victim: Server;

  vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });
  beforeEach(async () => {
    cluster = await startRedisCluster({ replicas: 1 });
    adapter = driver.own(urlsOf(cluster));
    await adapter.connection.ready(call(10_000));
    victim = await cluster.ownerOf(await cluster.slotOf('key'));
  });
  afterEach(async () => {
    await adapter.close();
    await cluster.close();
  });

  test('in an orderly way', async () => {
    const [replica] = await cluster.replicasOf(victim);
    await listensOn(adapter, 'key', () => cluster.failover(replica as Server));
  });

  test.each(['kill', 'freeze'] as const)('without an order: %s', async (how) => {
    await listensOn(adapter, 'key', () => victim[how]());
  });
}
