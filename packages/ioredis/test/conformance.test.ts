import {
  type AdapterHarness,
  cacheConformance,
  conformance,
  type FaultProxy,
  type Opened,
  type OpenOptions,
  openProxy,
  redisSnapshot,
} from '@cache/conformance';
import { type Server, startRedis } from '@cache/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type IoredisAdapter, ioredisAdapter } from '../src/index.ts';

let server: Server;
let admin: Redis;

beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
  await admin.ping();
});
afterAll(async () => {
  admin.disconnect();
  await server.close();
});

/** What is opened, once it takes calls, and how it ends. */
async function opened(
  { prefix }: OpenOptions,
  adapter: IoredisAdapter,
  end?: () => Promise<void>,
): Promise<Opened> {
  await adapter.connection.ready({ deadline: performance.now() + 10_000 });
  return {
    adapter,
    expireNow: async (key) => {
      await admin.pexpireat(key, 1);
    },
    lose: async (key) => {
      await admin.del(key);
    },
    snapshot: () => redisSnapshot([(command, ...args) => admin.callBuffer(command, ...args)], prefix),
    // Of the other driver in the tests of node-redis.
    async peer() {
      const other = ioredisAdapter({ url: server.url });
      await other.connection.ready({ deadline: performance.now() + 10_000 });
      return { adapter: other, [Symbol.asyncDispose]: () => other.close() };
    },
    async [Symbol.asyncDispose]() {
      await adapter.close();
      await end?.();
    },
  };
}

const facts = {
  expects: ['expiry', 'counters', 'scan', 'server', 'connection', 'journal', 'pubsub', 'tracking'],
} as const;

const ownConnection: AdapterHarness = {
  name: 'ioredis, a connection of its own',
  ...facts,
  open: (options) => opened(options, ioredisAdapter({ url: server.url })),
};

/** Behind a proxy of its own, whose connection can be troubled. */
const proxied: AdapterHarness = {
  name: 'ioredis, behind a proxy',
  ...facts,
  async open(options) {
    const proxy = await openProxy({ target: server, protocol: 'resp' });
    const one = await opened(
      options,
      ioredisAdapter({ url: proxy.url('redis'), stallTimeoutMs: 15_000 }),
      () => proxy.close(),
    );
    return { ...one, disrupt: disruptBy(proxy), [Symbol.asyncDispose]: () => one[Symbol.asyncDispose]() };
  },
};

function disruptBy(proxy: FaultProxy): NonNullable<Opened['disrupt']> {
  return {
    freeze: async () => proxy.blackHole({ buffer: true }),
    thaw: async () => proxy.heal(),
    cut: async () => proxy.cut(),
    down: async () => proxy.refuse({ cut: true }),
    up: () => proxy.accept(),
  };
}

const runner = { describe, test };

cacheConformance(runner, ownConnection);
conformance(runner, proxied);
