import { Cluster, Redis } from 'ioredis';
import type { ReplicasDriver } from '../../redis-shared/test/replicas/driver.ts';
import { type IoredisAdapterOptions, ioredisAdapter } from '../src/index.ts';

export const ioredisDriver: ReplicasDriver = {
  name: 'ioredis',
  // Whatever a caller of plain JavaScript may give.
  own: (options) => ioredisAdapter(options as IoredisAdapterOptions),
  async caller(url, replicas) {
    const client = new Redis(url, { lazyConnect: true });
    return { adapter: ioredisAdapter({ client, replicas }), end: async () => client.disconnect() };
  },
  async callerOfCluster(urls) {
    const client = new Cluster(
      urls.map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) })),
      { lazyConnect: true },
    );
    client.on('error', () => undefined);
    return { adapter: ioredisAdapter({ client, replicas: true }), end: async () => client.disconnect() };
  },
  async callerOfSentinels({ name, sentinels }, replicas) {
    const client = new Redis({ sentinels: sentinels.map(({ host, port }) => ({ host, port })), name });
    client.on('error', () => undefined);
    const adapter = ioredisAdapter({ client, replicas } as IoredisAdapterOptions);
    return { adapter, end: async () => client.disconnect() };
  },
};
