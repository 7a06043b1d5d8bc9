import {
  CacheError,
  type ConnectionEvents,
  type Outcome,
  ok,
  type ServerInfo,
  type ServerReport,
} from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import { withParts } from '../kit/wrap.ts';
import { adapterMutant, cacheMutant, type Mutant, type Sound } from './mutant.ts';
import { over } from './over.ts';

/** Defects of the facets server and connection. */
export const serving: readonly Mutant[] = [
  reporting('report-endpoint', 'The endpoint is where the product belongs.', ['server/shape'], (report) => ({
    ...report,
    server: report.endpoint,
  })),
  reporting(
    'report-still',
    'A report never moves.',
    ['server/keys', 'server/reads', 'server/memory'],
    (report) => ({
      ...report,
      keys: 1,
      hits: 1,
      misses: 1,
      memoryUsedBytes: 1,
    }),
  ),
  served('client-silent', 'The client counts what succeeds alone.', ['server/client'], ({ server }) => ({
    client: () => ({ ...server.client(), inFlight: 0, failed: 0 }),
  })),
  served(
    'report-waits',
    'A report is waited for, deadline or not.',
    ['server/settles'],
    ({ server, network }) => ({
      report: (call) => (network.state === 'frozen' ? new Promise(() => {}) : server.report(call)),
    }),
  ),
  served('report-last', 'After close the last report is answered again.', ['server/closed'], ({ server }) => {
    let last: Outcome<ServerReport>[] = [];
    return {
      report: async (call) => {
        const answer = await server.report(call);
        if (answer.every((one) => one.ok)) last = answer;
        return last.length > 0 ? last : [ok({} as ServerReport)];
      },
    };
  }),
  connecting(
    'ready-early',
    'ready resolves whether or not it is.',
    ['connection/ready-down', 'connection/ready-frozen'],
    () => ({
      ready: async () => {},
    }),
  ),
  connecting(
    'ready-impatient',
    'ready rejects at once.',
    ['connection/ready', 'connection/ready-down'],
    () => ({
      ready: async () => {
        throw new CacheError('UNAVAILABLE', 'ready: not yet');
      },
    }),
  ),
  connecting(
    'ready-deaf',
    'ready looks at neither signal nor close.',
    ['connection/ready-refused'],
    ({ connection }) => ({
      ready: async ({ deadline }) => {
        await connection.ready({ deadline }).catch((error: CacheError) => {
          if (error.code !== 'CLOSED') throw error;
        });
      },
    }),
  ),
  connecting(
    'lost-untold',
    'Only `ready` is told.',
    ['connection/told', 'connection/told-down'],
    ({ connection }) => ({
      on: (listener) => connection.on((event) => (event.kind === 'ready' ? listener(event) : undefined)),
    }),
  ),
  connecting(
    'listener-stays',
    'A listener is never taken off.',
    ['connection/unsubscribes'],
    ({ connection }) => ({
      on: (listener) => {
        connection.on(listener);
        return () => {};
      },
    }),
  ),
  connecting(
    'listener-first',
    'A listener that throws keeps the others from hearing.',
    ['connection/listener-throws'],
    ({ connection }) => {
      const listeners = new Set<Parameters<ConnectionEvents['on']>[0]>();
      connection.on((event) => {
        for (const listener of listeners) listener(event);
      });
      return {
        on: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      };
    },
  ),
  cacheMutant('stats-first', 'serverStats tells of the first node alone.', ['cache/servers/stats'], (cache) =>
    over(cache, {
      serverStats: async () => {
        const stats = await cache.serverStats();
        return { ...stats, keys: stats.nodes[0]?.keys };
      },
    }),
  ),
  cacheMutant('stats-remembered', 'serverStats asks once.', ['cache/servers/own'], (cache) => {
    let stats: Promise<unknown> | undefined;
    return over(cache, {
      serverStats: () => {
        stats ??= cache.serverStats();
        return stats;
      },
    });
  }),
  cacheMutant(
    'stats-all-or-none',
    'serverStats rejects when one node fails.',
    ['cache/servers/partial'],
    (cache) =>
      over(cache, {
        serverStats: async () => {
          const stats = await cache.serverStats();
          for (const failure of stats.failures) throw failure;
          return stats;
        },
      }),
  ),
  cacheMutant(
    'connection-bare',
    'Listeners of the connection go to the adapter as they are.',
    ['cache/servers/events'],
    (cache, options) =>
      over(cache, {
        on: (name: string, listener: never) =>
          name === 'connection'
            ? options.adapter.connection?.on(listener)
            : cache.on(name as 'hit', listener),
      }),
  ),
  cacheMutant(
    'connection-never',
    'Without the facet, on of connection hears nothing.',
    ['cache/servers/unsupported'],
    (cache, options) =>
      over(cache, {
        on: (name: string, listener: never) =>
          name === 'connection' && options.adapter.connection === undefined
            ? () => {}
            : cache.on(name as 'hit', listener),
      }),
  ),
];

function served(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (sound: Sound & { readonly server: ServerInfo }) => Partial<ServerInfo>,
): Mutant {
  return adapterMutant(name, does, caughtBy, (sound): TestAdapter => {
    const server = sound.adapter.server as ServerInfo;
    return withParts(sound.adapter, { server: { ...server, ...change({ ...sound, server }) } });
  });
}

function reporting(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (report: ServerReport) => ServerReport,
): Mutant {
  return served(name, does, caughtBy, ({ server }) => ({
    report: async (call) => {
      const reports = await server.report(call);
      return reports.map((report) => (report.ok ? ok(change(report.value)) : report));
    },
  }));
}

function connecting(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (sound: Sound & { readonly connection: ConnectionEvents }) => Partial<ConnectionEvents>,
): Mutant {
  return adapterMutant(name, does, caughtBy, (sound): TestAdapter => {
    const connection = sound.adapter.connection as ConnectionEvents;
    return withParts(sound.adapter, {
      connection: { ...connection, ...change({ ...sound, connection }) },
    });
  });
}
