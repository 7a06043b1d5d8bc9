import { createClient, createCluster, createSentinel } from 'redis';
import type { ReplicasDriver } from '../../redis-shared/test/replicas/driver.ts';
import { type NodeRedisAdapterOptions, nodeRedisAdapter } from '../src/index.ts';

export const nodeRedisDriver: ReplicasDriver = {
  name: 'node-redis',
  // Whatever a caller of plain JavaScript may give.
  own: (options) => nodeRedisAdapter(options as NodeRedisAdapterOptions),
  async caller(url, replicas) {
    const client = createClient({ url });
    client.on('error', () => undefined);
    return { adapter: nodeRedisAdapter({ client, replicas }), end: async () => undefined };
  },
  async callerOfCluster(urls) {
    const client = createCluster({ rootNodes: urls.map((url) => ({ url })) });
    client.on('error', () => undefined);
    return { adapter: nodeRedisAdapter({ client, replicas: true }), end: async () => undefined };
  },
  async callerOfSentinels({ name, sentinels }, replicas) {
    const client = createSentinel({
      name,
      sentinelRootNodes: sentinels.map(({ host, port }) => ({ host, port })),
      replicaPoolSize: 1,
    });
    client.on('error', () => undefined);
    const adapter = nodeRedisAdapter({ client, replicas } as NodeRedisAdapterOptions);
    await client.connect();
    return { adapter, end: () => client.close() };
  },
};
