import { type AdapterHarness, type FaultProxy, type Opened, openProxy } from '@cache/conformance';
import type { Server } from '@cache/servers';
import { type MemcachedAdapter, type MemcachedAdapterOptions, memcachedAdapter } from '../src/index.ts';
import type { Admin } from './admin.ts';

/** The servers of the suites, which run before they are started. */
export interface Given {
  readonly servers: () => readonly Server[];
  readonly admins: () => readonly Admin[];
}

const facts = { expects: ['counters', 'server', 'connection'] } as const;

/** A connection of its own to one server. */
export function ownConnection(given: Given): AdapterHarness {
  return {
    name: 'memcached, a connection of its own',
    ...facts,
    open: () => opened(given, { url: urlOf(given) }),
  };
}

/** Behind a proxy of its own, whose connection can be troubled. */
export function proxied(given: Given): AdapterHarness {
  return {
    name: 'memcached, behind a proxy',
    ...facts,
    async open() {
      const [target] = given.servers();
      if (target === undefined) throw new Error('no server');
      const proxy = await openProxy({ target, protocol: 'memcached' });
      const one = await opened(given, { url: proxy.url('memcached') }, () => proxy.close());
      return { ...one, disrupt: disruptBy(proxy) };
    },
  };
}

/** All servers, each key on one of them. */
export function pooled(given: Given): AdapterHarness {
  return {
    name: 'memcached, a pool',
    ...facts,
    open: () => opened(given, { servers: given.servers().map(({ host, port }) => `${host}:${port}`) }),
  };
}

function urlOf(given: Given): string {
  return given.servers()[0]?.url ?? '';
}

async function connected(options: MemcachedAdapterOptions): Promise<MemcachedAdapter> {
  const adapter = memcachedAdapter(options);
  await adapter.connection.ready({ deadline: performance.now() + 10_000 });
  return adapter;
}

/** An adapter that takes calls, and how it ends. */
async function opened(
  given: Given,
  options: MemcachedAdapterOptions,
  end?: () => Promise<void>,
): Promise<Opened> {
  const adapter = await connected(options);
  return {
    adapter,
    async peer() {
      const other = await connected(options);
      return { adapter: other, [Symbol.asyncDispose]: () => other.close() };
    },
    async expireNow(key) {
      for (const admin of given.admins()) await admin.expire(key);
    },
    async lose(key) {
      await Promise.all(given.admins().map((admin) => admin.lose(key)));
    },
    async remaining(key) {
      const found = await Promise.all(given.admins().map((admin) => admin.secondsLeft(key)));
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
