import { Cluster } from 'ioredis';
import type { ClusterDriver } from '../../redis-shared/test/cluster/driver.ts';
import { ioredisAdapter } from '../src/index.ts';

export const ioredisDriver: ClusterDriver = {
  name: 'ioredis',
  own: (cluster, options) => ioredisAdapter({ cluster, ...options }),
  async caller(cluster, { password, keyPrefix, database, map, unconnected = false, ...options } = {}) {
    const client = new Cluster(
      cluster.map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) })),
      {
        lazyConnect: true,
        ...(map && { natMap: map }),
        redisOptions: { ...(password !== undefined && { password }), ...(database && { db: database }) },
        ...(keyPrefix !== undefined && { keyPrefix }),
      },
    );
    client.on('error', () => undefined);
    if (!unconnected) await client.connect();
    try {
      return {
        adapter: ioredisAdapter({ client, ...options }),
        works: async () => (await client.ping()) === 'PONG',
        end: async () => client.disconnect(),
      };
    } catch (error) {
      client.disconnect();
      throw error;
    }
  },
};
