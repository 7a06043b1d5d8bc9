// One process of a fleet over one server: loads, dies or freezes at named steps, or goes through an outage, as its parent
// asks. Arguments: driver (ioredis | node-redis | memcached), URL, namespace.
import { createCache } from '../../dist/index.js';
import { outage } from './load.mjs';

const [driver, url, namespace] = process.argv.slice(2);

/** The adapter over the driver as it is by default, and how that ends. */
async function open() {
  switch (driver) {
    case 'ioredis': {
      const { ioredisAdapter, Redis } = await import('../../../ioredis/test/fleet-driver.mjs');
      const client = new Redis(url);
      client.on('error', () => undefined);
      return { adapter: ioredisAdapter({ client }), end: () => client.disconnect() };
    }
    case 'node-redis': {
      const { createClient, nodeRedisAdapter } = await import('../../../node-redis/test/fleet-driver.mjs');
      const client = createClient({ url });
      client.on('error', () => undefined);
      await client.connect();
      return { adapter: nodeRedisAdapter({ client }), end: () => client.destroy() };
    }
    default: {
      const { memcachedAdapter } = await import('../../../memcached/dist/index.js');
      return { adapter: memcachedAdapter({ url }), end: () => undefined };
    }
  }
}

/** The step at which this process does something to itself. */
let fate;
function at(step) {
  if (fate?.step !== step) return;
  const { signal } = fate;
  fate = undefined;
  process.kill(process.pid, signal);
}

/** The adapter, whose writes of one key are steps: the first claims it, the next one fills it. */
function stepped(adapter, key) {
  let writes = 0;
  const write = async (items, call) => {
    if (!items.some((item) => item.key.endsWith(key))) return await adapter.write(items, call);
    writes += 1;
    const name = writes === 1 ? 'claim' : 'fill';
    at(`${name}:before`);
    const answer = await adapter.write(items, call);
    at(`${name}:after`);
    return answer;
  };
  return new Proxy(adapter, {
    get(target, name) {
      if (name === 'write') return write;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const { adapter, end } = await open();
const plain = createCache({ adapter, namespace, ownsAdapter: false });
await plain.ready({ timeout: '10s' });
await plain.set('warm', 1, { timeout: '10s' });

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const tasks = {
  /** So many callers of one key at once. */
  async load({ key, callers, value, loaderMs, lease, dies }) {
    fate = dies;
    const over = dies === undefined ? adapter : stepped(adapter, key);
    const cache = createCache({ adapter: over, namespace, ownsAdapter: false, ...(lease && { lease }) });
    let loads = 0;
    const loader = async () => {
      loads += 1;
      process.send({ told: 'loading' });
      await pause(loaderMs);
      at('load');
      return value;
    };
    const startedAt = performance.now();
    const calls = Array.from({ length: callers }, () => cache.getOrSet(key, loader));
    const results = await Promise.allSettled(calls);
    const longestMs = performance.now() - startedAt;
    const values = [...new Set(results.map((result) => result.value ?? String(result.reason)))];
    return { values, loads, longestMs };
  },
  get: ({ key }) => plain.get(key),
  outage: (task) => outage(plain, task, () => process.send({ told: 'running' })),
};

process.on('message', async ({ id, task, ...given }) => {
  if (task === 'end') {
    await plain.close();
    await adapter.close();
    await end();
    process.disconnect();
    return;
  }
  try {
    process.send({ id, answer: await tasks[task](given) });
  } catch (error) {
    process.send({ id, error: String(error?.stack) });
  }
});
process.send({ told: 'ready' });
