import { createCluster } from 'redis';
import type { ClusterDriver } from '../../redis-shared/test/cluster/driver.ts';
import { nodeRedisAdapter } from '../src/index.ts';

export const nodeRedisDriver: ClusterDriver = {
  name: 'node-redis',
  own: (cluster, options) => nodeRedisAdapter({ cluster, ...options }),
  async caller(cluster, { password, keyPrefix, database, map, unconnected = false, ...options } = {}) {
    const client = createCluster({
      rootNodes: cluster.map((url) => {
        return { socket: { host: new URL(url).hostname, port: Number(new URL(url).port) } };
      }),
      defaults: { ...(password !== undefined && { password }), ...(database && { database }) },
      ...(map && { nodeAddressMap: map }),
      ...(keyPrefix !== undefined && { keyPrefix }),
    });
    client.on('error', () => undefined);
    if (!unconnected) await client.connect();
    try {
      return {
        adapter: nodeRedisAdapter({ client, ...options }),
        works: async () => String(await client.sendCommand(undefined, true, ['PING'])) === 'PONG',
        end: async () => (unconnected ? undefined : client.destroy()),
      };
    } catch (error) {
      if (!unconnected) client.destroy();
      throw error;
    }
  },
};
