import { deepEqual, equal, ok } from 'node:assert/strict';
import {
  type ConnectionEvent,
  type ConnectionEvents,
  type Failure,
  failed,
  ok as given,
  type Outcome,
  type ServerInfo,
  type ServerReport,
} from '@cache/core';
import { type CacheBench, rejection, type TestCache } from '../../kit/cache-bench.ts';
import { turns } from '../../kit/check.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { withoutFacets, withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const AWAY: Failure = { code: 'UNAVAILABLE', message: 'away', retryable: true, outcome: 'not-applied' };

export const servers: readonly CacheRule[] = group('cache/servers', {
  stats: [
    'serverStats sums what the nodes report, with the hit rate of the sums, and gives each report and what the client counted.',
    async (bench) => {
      const nodes = [report(bench, 1), report(bench, 10)];
      const cache = serving(bench, async () => nodes.map((node) => given(node)));
      deepEqual(await cache.serverStats(), {
        hits: 11,
        misses: 33,
        hitRate: 0.25,
        keys: 55,
        memoryUsedBytes: 77,
        evictions: 88,
        expired: 99,
        updatedAt: bench.clock.now() - 10,
        nodes,
        failures: [],
        client: { inFlight: 0, completed: 1, failed: 2 },
      });
    },
  ],
  partial: [
    'A node that does not answer is among the failures of serverStats, told as a swallowed error, and the others are summed; where none answers it rejects.',
    async (bench) => {
      const node = report(bench, 1);
      const cache = serving(bench, async () => [failed(AWAY), given(node)]);
      const swallowed: boolean[] = [];
      cache.on('error', (event) => swallowed.push(event.swallowed));
      const { keys, nodes, failures } = await cache.serverStats();
      deepEqual([keys, nodes], [5, [node]]);
      deepEqual(
        failures.map(({ code, operation }) => [code, operation]),
        [['UNAVAILABLE', 'serverStats']],
      );
      deepEqual(swallowed, [true]);
      const dark = serving(bench, async () => [failed(AWAY), failed(AWAY)]);
      await rejection('UNAVAILABLE', 'serverStats', () => dark.serverStats());
    },
  ],
  own: [
    'serverStats tells of the adapter’s own servers: what is read turns up there.',
    'server',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1);
      const { hits, misses, nodes } = await cache.serverStats();
      ok(nodes.length > 0);
      for (let i = 0; i < 50; i += 1) await cache.get(i % 2 === 0 ? 'k' : `absent${i}`);
      const after = await cache.serverStats();
      ok(after.hits >= hits + 25 && after.misses >= misses + 25, 'they have not risen');
    },
  ],
  events: [
    'on of connection hears what the adapter tells, until it is taken off or the cache is closed; a listener that throws harms nobody and is told to the logger.',
    async (bench) => {
      const told = new Set<(event: ConnectionEvent) => void>();
      const connection: ConnectionEvents = {
        ready: async () => {},
        on: (listener) => {
          told.add(listener);
          return () => told.delete(listener);
        },
      };
      const tell = (event: ConnectionEvent): void => {
        for (const listener of told) listener(event);
      };
      const warnings: string[] = [];
      const cache = bench.cache({
        adapter: withParts(bench.adapter, { connection }),
        logger: { warn: (message) => warnings.push(message) },
      });
      const [one, two]: [unknown[], unknown[]] = [[], []];
      cache.on('connection', () => {
        throw new Error('listener');
      });
      const off = cache.on('connection', (event) => one.push(event));
      cache.namespace('n').on('connection', (event) => two.push(event));
      const lost: ConnectionEvent = { kind: 'lost', endpoint: 'here:1', cause: new Error('gone') };
      const ready: ConnectionEvent = { kind: 'ready', endpoint: 'here:1' };
      tell(lost);
      off();
      off();
      tell(ready);
      deepEqual([one, two], [[lost], [lost, ready]]);
      equal(warnings.length, 2);
      await cache.close();
      await turns();
      tell(lost);
      deepEqual([told.size, two.length], [0, 2]);
    },
  ],
  unsupported: [
    'Where the adapter has no facet server or connection, serverStats rejects and on of connection throws, with UNSUPPORTED, before any I/O; ready resolves.',
    async (bench) => {
      const trips = new RoundTrips(withoutFacets(bench.adapter, 'server', 'connection'));
      const cache = bench.cache({ adapter: trips.adapter });
      const { operation } = await rejection('UNSUPPORTED', 'serverStats', () => cache.serverStats());
      equal(operation, 'serverStats');
      await rejection('UNSUPPORTED', 'on', async () => cache.on('connection', () => {}));
      await cache.ready();
      deepEqual(trips.calls, []);
    },
  ],
});

/** A cache whose servers report so. */
function serving(bench: CacheBench, answer: () => Promise<Outcome<ServerReport>[]>): TestCache {
  const server: ServerInfo = {
    report: answer,
    client: () => ({ inFlight: 0, completed: 1, failed: 2 }),
  };
  return bench.cache({ adapter: withParts(bench.adapter, { server }) });
}

function report(bench: CacheBench, by: number): ServerReport {
  return {
    server: 'some',
    version: '1.2.3',
    endpoint: `node:${by}`,
    uptimeSeconds: by,
    connectedClients: by,
    hits: by,
    misses: 3 * by,
    keys: 5 * by,
    memoryUsedBytes: 7 * by,
    memoryLimitBytes: 0,
    evictions: 8 * by,
    expired: 9 * by,
    evicts: false,
    updatedAt: bench.clock.now() - by,
  };
}
