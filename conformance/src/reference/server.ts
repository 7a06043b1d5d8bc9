import { type Clock, failed, ok, refusalOf, type ServerReport } from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import { around, withParts } from '../kit/wrap.ts';
import type { Shelf } from './shelf.ts';

/** The adapter with the facet server: what is on its shelf, and what was asked of it. */
export function withServer(inner: TestAdapter, shelf: Shelf, clock: Clock): TestAdapter {
  let [hits, misses] = [0, 0];
  const counts = { inFlight: 0, completed: 0, failed: 0 };
  let closed = false;
  const adapter = around(inner, async (name, items, go) => {
    counts.inFlight += items.length;
    const outcomes = await go();
    counts.inFlight -= items.length;
    for (const outcome of outcomes) {
      counts[outcome.ok ? 'completed' : 'failed'] += 1;
      if (name !== 'read' || !outcome.ok) continue;
      if (outcome.value === undefined) misses += 1;
      else hits += 1;
    }
    return outcomes;
  });
  const report = (): ServerReport => ({
    server: 'reference',
    version: '1.0.0',
    endpoint: 'reference:1',
    uptimeSeconds: 1,
    connectedClients: 1,
    memoryUsedBytes: [...shelf.items.values()].reduce((sum, { held }) => {
      return sum + (held instanceof Uint8Array ? held.length : 8);
    }, 0),
    memoryLimitBytes: 0,
    keys: shelf.items.size,
    hits,
    misses,
    evictions: 0,
    expired: 0,
    evicts: false,
    updatedAt: clock.now(),
  });
  return withParts(adapter, {
    async close() {
      closed = true;
      await inner.close();
    },
    server: {
      report: async (call) => {
        const refusal = refusalOf(call, clock, closed);
        return [refusal === undefined ? ok(report()) : failed(refusal)];
      },
      client: () => ({ ...counts }),
    },
  });
}
