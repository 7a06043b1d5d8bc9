// One process of a fleet with local tiers: reads, writes and invalidates at random for a while, and says what it saw.
// Its argument, as JSON: what `run.ts` gives it.

import { createCache, memoryBus, pubsubBus, trackingBus } from '../../../core/dist/index.js';
import { memoryAdapter } from '../../../memory/dist/index.js';

const given = JSON.parse(process.argv[2]);
const { driver, way, bus, namespace, index, processes, seed, keys, tags, heartbeat, localTtl } = given;
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

// Mulberry32.
let state = seed + index * 7919;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/** The clock of the machine, the same in every process. */
const now = () => Number(process.hrtime.bigint() / 1000n) / 1000;
const log = [];
const versions = new Map();

async function read(key) {
  const begun = now();
  const found = await cache.get(key);
  log.push({ did: 'read', key, version: found?.version ?? 0, begun, ended: now() });
}

/** The keys that this process alone writes; another one's versions would not be in order. */
const own = Array.from({ length: keys }, (_, key) => key).filter((key) => key % processes === index);

async function change(did, key, run) {
  const begun = now();
  const entry = { did, key, version: versions.get(key) ?? 0, begun };
  try {
    await run();
    log.push({ ...entry, ended: now(), ok: true });
  } catch (error) {
    log.push({ ...entry, ended: now(), ok: error.outcome === 'not-applied' ? undefined : false });
  }
}

function next(key) {
  const version = (versions.get(key) ?? 0) + 1;
  versions.set(key, version);
  return version;
}

async function step() {
  const dice = random();
  const key = Math.floor(random() * keys);
  if (dice < 0.9) return await read(`k${key}`);
  const mine = own[Math.floor(random() * own.length)];
  if (dice < 0.96) {
    const version = next(mine);
    return await change('set', mine, () => cache.set(`k${mine}`, { version }, { tags: [`t${mine % tags}`] }));
  }
  if (dice < 0.99) {
    next(mine);
    return await change('delete', mine, () => cache.delete(`k${mine}`));
  }
  if (dice < 0.998) {
    const tag = Math.floor(random() * tags);
    return await change('tag', tag, () => cache.deleteByTag(`t${tag}`));
  }
  return await change('clear', -1, () => cache.clear());
}

async function run(ms) {
  const end = now() + ms;
  while (now() < end) {
    await step();
    // Other processes are to come in between, and the bus.
    if (random() < 0.2) await new Promise((resolve) => setTimeout(resolve, random() * 3));
  }
  return { log: log.splice(0), hits: cache.stats().hits, guarantees: cache.guarantees.localStaleness };
}

async function all() {
  const values = await cache.getMany(Array.from({ length: keys }, (_, key) => `k${key}`));
  return values.map((value) => value?.version ?? 0);
}

process.on('message', async ({ id, task, ms }) => {
  if (task === 'end') {
    await cache.close();
    client?.disconnect();
    process.disconnect();
  } else process.send({ id, answer: task === 'run' ? await run(ms) : await all() });
});
process.send({ told: 'ready' });
