import { type AdapterHarness, type Opened, type OpenOptions, redisSnapshot } from '@cache/conformance';
import { circuitBreaker, failover, metrics, partition, prefix, retry, timeout } from '@cache/core';
import { type IoredisAdapter, ioredisAdapter } from '@cache/ioredis';
import { type NodeRedisAdapter, nodeRedisAdapter } from '@cache/node-redis';
import type { Server } from '@cache/servers';
import { aboutOf } from './ioredis.ts';
import { type Admin, commandsTo, opened, PATIENT, type RedisPeer } from './opened.ts';

/** Two servers as one, each within every layer there is: a layer must be no less than what it wraps. */
export function layersHarnesses(servers: readonly Server[], admins: readonly Admin[]): AdapterHarness[] {
  const [admin] = admins as readonly [Admin];
  /** Where a key is, is the layers' affair: each server is told. */
  const both = ({ prefix: part }: OpenOptions): Pick<Opened, 'expireNow' | 'lose' | 'snapshot'> => ({
    async expireNow(key) {
      await Promise.all(admins.map((one) => one.pexpireat(PREFIX + key, 1)));
    },
    async lose(key) {
      await Promise.all(admins.map((one) => one.del(PREFIX + key)));
    },
    snapshot: () => redisSnapshot(admins.flatMap(commandsTo), part),
  });
  const facts = {
    expects: ['expiry', 'counters', 'scan', 'server', 'connection'],
    about: () => `${servers.length} servers, ${aboutOf(servers[0])}`,
  } as const;
  const ways = { layers: layersOver, failover: failoverOver };
  return Object.entries(ways).map(([way, over]) => ({
    name: `ioredis, ${way}`,
    ...facts,
    async open(options): Promise<Opened> {
      const peer = (): RedisPeer => over(servers.map(({ url }) => nodeRedisAdapter({ url, ...PATIENT })));
      const adapter = over(servers.map(({ url }) => ioredisAdapter({ url, ...PATIENT })));
      return { ...(await opened(options, admin, peer, adapter)), ...both(options) };
    },
  }));
}

const PREFIX = 'app:';

/** Longer than any rule waits: what is given up is for the rules to say. */
const TIMEOUT = '1m';

/** A server that is back is to be asked at once. */
const OPEN_MS = 20;

function layersOver(adapters: readonly (IoredisAdapter | NodeRedisAdapter)[]): RedisPeer {
  const nodes = adapters.map((adapter, index) => {
    const measured = metrics(timeout(adapter, { timeout: TIMEOUT }), () => undefined);
    return { name: `node ${index}`, adapter: circuitBreaker(retry(measured), { open: OPEN_MS }) };
  });
  return prefix(partition(nodes, { hash: 'rendezvous' }), PREFIX);
}

function failoverOver(adapters: readonly (IoredisAdapter | NodeRedisAdapter)[]): RedisPeer {
  const [primary, secondary] = adapters;
  if (primary === undefined || secondary === undefined) throw new Error('failover: two servers are needed');
  return prefix(failover(primary, secondary, { open: OPEN_MS }), PREFIX);
}
