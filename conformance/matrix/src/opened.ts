import {
  type FaultProxy,
  type Opened,
  type OpenOptions,
  openProxy,
  type RedisCommand,
  redisSnapshot,
} from '@cache/conformance';
import type { AnyAdapter, ConnectionEvents } from '@cache/core';
import type { Server } from '@cache/servers';
import { Cluster, type Redis } from 'ioredis';

/** Does to the server what no adapter does: ends lives, loses keys, puts back what was. */
export type Admin = Redis | Cluster;

/** The facets of every Redis adapter. */
export const REDIS_FACETS = [
  'expiry',
  'counters',
  'scan',
  'server',
  'connection',
  'journal',
  'pubsub',
  'tracking',
] as const;

/**
 * When a connection is given up is proved elsewhere. Here proxy, client and rules share a thread, which a large batch
 * keeps busy for longer than a server may be silent, and a machine of two cores stands still now and then.
 */
export const PATIENT = { stallTimeoutMs: 15_000 };

/** Either driver's adapter, in layers or not. */
export type RedisPeer = AnyAdapter & { readonly connection: ConnectionEvents };

/**
 * An adapter over Redis that takes calls, and how it ends.
 * @param peer opens the other driver's adapter of the same server: both are to read and write the same bytes
 */
export async function opened(
  { prefix }: OpenOptions,
  admin: Admin,
  peer: () => RedisPeer,
  adapter: RedisPeer,
  end?: () => unknown,
): Promise<Opened> {
  await adapter.connection.ready({ deadline: performance.now() + 10_000 });
  return {
    adapter,
    async expireNow(key) {
      await admin.pexpireat(key, 1);
    },
    async lose(key) {
      await admin.del(key);
    },
    snapshot: () => redisSnapshot(commandsTo(admin), prefix),
    async peer() {
      const other = peer();
      await other.connection.ready({ deadline: performance.now() + 10_000 });
      return { adapter: other, [Symbol.asyncDispose]: () => other.close() };
    },
    async [Symbol.asyncDispose]() {
      await adapter.close();
      await end?.();
    },
  };
}

/** Sends commands to each master. */
export function commandsTo(admin: Admin): RedisCommand[] {
  const nodes = admin instanceof Cluster ? admin.nodes('master') : [admin];
  return nodes.map(
    (node) =>
      (command, ...args) =>
        node.callBuffer(command, ...args),
  );
}

/** Proxies in front of servers, and the trouble that they make together. */
export async function proxiesOf(servers: readonly Server[]): Promise<{
  readonly proxies: readonly FaultProxy[];
  readonly disrupt: NonNullable<Opened['disrupt']>;
  close(): Promise<void>;
}> {
  const proxies = await Promise.all(servers.map((target) => openProxy({ target, protocol: 'resp' })));
  const each = (trouble: (proxy: FaultProxy) => unknown) => async (): Promise<void> => {
    await Promise.all(proxies.map(trouble));
  };
  return {
    proxies,
    disrupt: {
      freeze: each((proxy) => void proxy.blackHole({ buffer: true })),
      thaw: each((proxy) => void proxy.heal()),
      cut: each((proxy) => void proxy.cut()),
      down: each((proxy) => void proxy.refuse({ cut: true })),
      up: each((proxy) => proxy.accept()),
    },
    close: each((proxy) => proxy.close()),
  };
}
