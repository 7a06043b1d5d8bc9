import { type AdapterHarness, type FaultProxy, type Opened, openProxy } from '@cache/conformance';
import { type IoredisAdapter, ioredisAdapter } from '@cache/ioredis';
import type { Server } from '@cache/servers';
import { Redis } from 'ioredis';

/** The ioredis adapter on a real server: over a connection of its own, over the caller's, and over a bad network. */
export function ioredisHarnesses(server: Server, admin: Redis): AdapterHarness[] {
  const facts = {
    expects: ['expiry', 'counters', 'scan', 'server', 'connection'],
    about: () => `${server.product} ${server.version} (${server.source})`,
  } as const;
  return [
    {
      name: 'ioredis, url',
      ...facts,
      open: () => opened(server, admin, ioredisAdapter({ url: server.url })),
    },
    {
      name: "ioredis, caller's client",
      ...facts,
      async open() {
        const client = new Redis(server.url);
        return await opened(server, admin, ioredisAdapter({ client }), () => disconnect(client));
      },
    },
    {
      name: 'ioredis, behind a proxy',
      ...facts,
      async open() {
        const proxy = await openProxy({ target: server, protocol: 'resp' });
        // Proxy, client and rules share a thread: a large batch keeps it busy for longer than a server may be silent.
        const adapter = ioredisAdapter({ url: proxy.url('redis'), stallTimeoutMs: 15_000 });
        return { ...(await opened(server, admin, adapter, () => proxy.close())), disrupt: disruptBy(proxy) };
      },
    },
  ];
}

/** An adapter that takes calls, and how it ends. */
async function opened(
  server: Server,
  admin: Redis,
  adapter: IoredisAdapter,
  end?: () => Promise<void>,
): Promise<Opened> {
  await adapter.connection.ready({ deadline: performance.now() + 10_000 });
  return {
    adapter,
    async expireNow(key) {
      await admin.pexpireat(key, 1);
    },
    async peer() {
      const other = ioredisAdapter({ url: server.url });
      return { adapter: other, [Symbol.asyncDispose]: () => other.close() };
    },
    async [Symbol.asyncDispose]() {
      await adapter.close();
      await end?.();
    },
  };
}

function disruptBy(proxy: FaultProxy): NonNullable<Opened['disrupt']> {
  return {
    freeze: async () => proxy.blackHole({ buffer: true }),
    thaw: async () => proxy.heal(),
    cut: async () => proxy.cut(),
    down: async () => proxy.refuse({ cut: true }),
    up: () => proxy.accept(),
  };
}

async function disconnect(client: Redis): Promise<void> {
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.disconnect();
  await ended;
}
