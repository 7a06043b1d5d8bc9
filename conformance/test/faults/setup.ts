import { type Server, startMemcached, startRedis } from '@cache/servers';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type FaultProxy, openProxy, type ProxyOptions } from '../../src/faults/proxy.ts';
import { type WireClient, wire } from './wire-client.ts';

export interface Bench {
  /** A proxy in front of the server, closed after the test. */
  proxy(options?: Partial<ProxyOptions>): Promise<FaultProxy>;
  /** A connection, to the proxy or straight to the server, destroyed after the test. */
  client(to?: FaultProxy): Promise<WireClient>;
  readonly server: () => Server;
}

/** One real server a file. */
export function bench(kind: 'redis' | 'memcached'): Bench {
  let server: Server | undefined;
  const proxies: FaultProxy[] = [];
  const clients: WireClient[] = [];
  const running = (): Server => {
    if (server === undefined) throw new Error('No server yet');
    return server;
  };
  beforeAll(async () => {
    server = await (kind === 'redis' ? startRedis() : startMemcached());
  }, 120_000);
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  });
  afterAll(() => server?.close());
  return {
    server: running,
    async proxy(options = {}) {
      const { host, port } = running();
      const protocol = kind === 'redis' ? 'resp' : 'memcached';
      const proxy = await openProxy({ target: { host, port }, protocol, ...options });
      proxies.push(proxy);
      return proxy;
    },
    async client(to) {
      const client = await wire(to ?? running(), kind === 'memcached');
      clients.push(client);
      return client;
    },
  };
}
