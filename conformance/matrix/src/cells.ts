import { memoryHarnesses } from './memory.ts';
import {
  layeredRedis,
  memcachedPool,
  oneRedis,
  type Release,
  redisCluster,
  redisSentinel,
  type Topology,
} from './topologies.ts';

/** A group of rows that stand on the same servers. */
export interface Cell {
  readonly name: string;
  start(): Promise<Topology>;
}

const REDIS_RELEASES: readonly Release[] = [
  { product: 'redis', version: '8' },
  { product: 'redis', version: '7' },
  { product: 'valkey', version: '9' },
];
const MEMCACHED_VERSIONS = ['1.6', '1.6.18'];

/** All cells of the matrix, in the order of the report. */
export const cells: readonly Cell[] = [
  { name: 'memory', start: async () => ({ harnesses: memoryHarnesses(), close: async () => undefined }) },
  ...REDIS_RELEASES.flatMap((release, index) => {
    const ways = index === 0 ? allWays : ownWays;
    const name = `${release.product} ${release.version}`;
    return [
      { name: `${name} server`, start: () => oneRedis(release).then(ways) },
      { name: `${name} cluster`, start: () => redisCluster(release).then(ways) },
      { name: `${name} sentinel`, start: () => redisSentinel(release).then(ways) },
      ...(index === 0 ? [{ name: `${name} layers`, start: () => layeredRedis(release) }] : []),
    ];
  }),
  ...MEMCACHED_VERSIONS.map((version, index) => ({
    name: `memcached ${version}`,
    start: () => memcachedPool(version).then(index === 0 ? allWays : ownWays),
  })),
];

function allWays(topology: Topology): Topology {
  return topology;
}

/** Without the caller's own clients, which are the same to any release of a server. */
function ownWays({ harnesses, close }: Topology): Topology {
  return { harnesses: harnesses.filter(({ name }) => !name.includes("caller's")), close };
}
