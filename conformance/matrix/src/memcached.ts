import { type AdapterHarness, type FaultProxy, type Opened, openProxy } from '@cache/conformance';
import { type MemcachedAdapterOptions, memcachedAdapter } from '@cache/memcached';
import type { Server } from '@cache/servers';
import { Client } from 'memjs';
import { Admin } from './memcached-admin.ts';
import { PATIENT } from './opened.ts';

/** The memcached adapter on real servers: one, all of them as a pool, and one over a bad network. */
export async function memcachedHarnesses(servers: readonly Server[]): Promise<{
  readonly harnesses: AdapterHarness[];
  close(): void;
}> {
  const [first] = servers;
  if (first === undefined) throw new Error('no server');
  const admins = await Promise.all(servers.map((server) => Admin.connect(server)));
  const facts = {
    expects: ['counters', 'server', 'connection'],
    about: () => `memcached ${first.version} (${first.source})`,
  } as const;
  const harnesses: AdapterHarness[] = [
    { name: 'memcached, url', ...facts, open: () => opened(admins, { url: first.url }) },
    {
      name: "memcached, caller's client",
      ...facts,
      open: () => opened(admins, { client: Client.create(`${first.host}:${first.port}`) }),
    },
    {
      name: `memcached, pool of ${servers.length}`,
      ...facts,
      open: () => opened(admins, { servers: servers.map(({ url }) => url) }),
    },
    {
      name: 'memcached, behind a proxy',
      ...facts,
      async open() {
        const proxy = await openProxy({ target: first, protocol: 'memcached' });
        const options = { url: proxy.url('memcached') };
        return { ...(await opened(admins, options, () => proxy.close())), disrupt: disruptBy(proxy) };
      },
    },
  ];
  return {
    harnesses,
    close() {
      for (const admin of admins) admin.close();
    },
  };
}

/** An adapter that takes calls, and how it ends. */
async function opened(
  admins: readonly Admin[],
  target: MemcachedAdapterOptions,
  end?: () => Promise<void>,
): Promise<Opened> {
  const options = { ...target, ...PATIENT };
  const adapter = memcachedAdapter(options);
  await adapter.connection.ready({ deadline: performance.now() + 10_000 });
  return {
    adapter,
    async peer() {
      const other = memcachedAdapter(options);
      return { adapter: other, [Symbol.asyncDispose]: () => other.close() };
    },
    async expireNow(key) {
      await Promise.all(admins.map((admin) => admin.expire(key)));
    },
    async lose(key) {
      await Promise.all(admins.map((admin) => admin.lose(key)));
    },
    async remaining(key) {
      const found = await Promise.all(admins.map((admin) => admin.secondsLeft(key)));
      const seconds = found.find((left) => left !== undefined);
      return seconds === undefined ? undefined : seconds < 0 ? null : seconds * 1000;
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
