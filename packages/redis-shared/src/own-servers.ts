import type { RedisServers } from './adapter.ts';
import type { RedisLink } from './link.ts';
import { nodesAt } from './redis-nodes.ts';
import { listedReplicas, namedReplicas, replicaOf } from './replica-options.ts';
import {
  type RedisClusterOptions,
  type RedisServer,
  type RedisServerOptions,
  redisCluster,
  redisServer,
} from './server.ts';

/**
 * The servers that options name, over connections of our own.
 * @throws CacheError `INVALID_OPTION`
 */
export function ownServers(
  options: RedisServerOptions | RedisClusterOptions,
  adapter: string,
  link: (server: RedisServer) => RedisLink,
): RedisServers {
  const asked = { replicas: options.replicas, adapter };
  if ('cluster' in options) {
    const replicas = namedReplicas(asked, 'a cluster');
    return { server: nodesAt(redisCluster(options, adapter), link), replicas };
  }
  const server = redisServer(options, adapter);
  const replicas = listedReplicas(asked, server.database);
  return { server: link(server), replicas: replicas.map((replica) => link(replicaOf(server, replica))) };
}
