// One process of a fleet with local tiers: reads, writes and invalidates at random for a while, and says what it saw.
// Its argument, as JSON: what `run.ts` gives it.

import { createCache, memoryBus, pubsubBus, trackingBus } from '../../../core/dist/index.js';
import { memberOf } from '../../../core/test/tiers/member.mjs';
import { memoryAdapter } from '../../../memory/dist/index.js';

const given = JSON.parse(process.argv[2]);
const { driver, way, bus, namespace, heartbeat, localTtl } = given;
const { ioredisAdapter, Redis } = await import('../../../ioredis/test/fleet-driver.mjs');
const { nodeRedisAdapter } = await import('../../../node-redis/test/fleet-driver.mjs');
const open = { ioredis: ioredisAdapter, 'node-redis': nodeRedisAdapter }[driver];

// Sentinels are known to the driver's client alone.
const client = way.sentinels === undefined ? undefined : new Redis(way);
client?.on('error', () => undefined);
const adapter = open(client === undefined ? way : { client });
// With a bus that reaches no other process, what this finds must be wrong: seen with `none`.
const buses = { tracking: trackingBus, pubsub: pubsubBus, none: (_adapter, options) => memoryBus(options) };
const cache = createCache({
  adapter,
  namespace,
  local: memoryAdapter({ maxEntries: 1000 }),
  bus: buses[bus](adapter, { heartbeat }),
  localTtl,
  ttl: '10m',
  timeout: 2000,
});
await cache.ready({ timeout: '20s' });

const member = memberOf(cache, given);

process.on('message', async ({ id, task, ms }) => {
  if (task === 'end') {
    await cache.close();
    client?.disconnect();
    process.disconnect();
  } else process.send({ id, answer: task === 'run' ? await member.run(ms) : await member.all() });
});
process.send({ told: 'ready' });
