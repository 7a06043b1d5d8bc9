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
import { ioredisAdapter } from '@cache/ioredis';
import { type Server, startRedis } from '@cache/servers';
import { RESP_TYPES } from 'redis';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type NodeRedisAdapter, nodeRedisAdapter } from '../src/index.ts';
import { connected, type DriverClient } from './driver.ts';

const AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

let server: Server;
let admin: DriverClient;

beforeAll(async () => {
  server = await startRedis();
  admin = await connected(server.url);
});
afterAll(async () => {
  admin.destroy();
  await server.close();
});

/** What is opened, once it takes calls, and how it ends. */
async function opened(
  { prefix }: OpenOptions,
  adapter: NodeRedisAdapter,
  end?: () => unknown,
): Promise<Opened> {
  await adapter.connection.ready({ deadline: performance.now() + 10_000 });
  return {
    adapter,
    expireNow: async (key) => {
      await admin.pExpireAt(key, 1);
    },
    lose: async (key) => {
      await admin.del(key);
    },
    snapshot: () =>
      redisSnapshot([(command, ...args) => admin.sendCommand([command, ...args], AS_BYTES)], prefix),
    // Of another driver, so that the bytes are one form.
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
  name: 'node-redis, a connection of its own',
  ...facts,
  open: (options) => opened(options, nodeRedisAdapter({ url: server.url })),
};

/** Behind a proxy of its own, whose connection can be troubled. */
const proxied: AdapterHarness = {
  name: 'node-redis, behind a proxy',
  ...facts,
  async open(options) {
    const proxy = await openProxy({ target: server, protocol: 'resp' });
    const one = await opened(options, nodeRedisAdapter({ url: proxy.url('redis') }), () => proxy.close());
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
