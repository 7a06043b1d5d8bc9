import { type AdapterHarness, conformance, FakeClock } from '@cache/conformance';
import {
  type AnyAdapter,
  circuitBreaker,
  failover,
  layered,
  metrics,
  partition,
  prefix,
  retry,
  timeout,
} from '@cache/core';
import { describe, test } from 'vitest';
import { memoryAdapter } from '../src/index.ts';

/** A layer must be no less than what it wraps: each passes the kit round this adapter. */
const LAYERS: Readonly<Record<string, (one: () => AnyAdapter, clock: FakeClock) => AnyAdapter>> = {
  layered: (one) => layered(one(), ({ go }) => go()),
  timeout: (one, clock) => timeout(one(), { timeout: '1h', clock }),
  retry: (one, clock) => retry(one(), { clock }),
  'circuit breaker': (one, clock) => circuitBreaker(one(), { clock }),
  metrics: (one, clock) => metrics(one(), () => undefined, { clock }),
  prefix: (one) => prefix(one(), 'app:'),
  partition: (one) =>
    partition([
      { name: 'a', adapter: one() },
      { name: 'b', adapter: one() },
      { name: 'c', adapter: one() },
    ]),
  failover: (one, clock) => failover(one(), one(), { clock }),
  all: (one, clock) =>
    prefix(
      partition(
        ['a', 'b'].map((name) => ({
          name,
          adapter: circuitBreaker(
            retry(
              timeout(
                metrics(one(), () => undefined, { clock }),
                { timeout: '1h', clock },
              ),
              { clock },
            ),
            {
              clock,
            },
          ),
        })),
      ),
      'app:',
    ),
};

for (const [name, wrap] of Object.entries(LAYERS)) {
  const parts = ['partition', 'failover', 'all'].includes(name);
  const harness: AdapterHarness = {
    name: `memory in ${name}`,
    expects: parts ? ['expiry', 'counters', 'scan'] : ['sync', 'expiry', 'counters', 'scan'],
    async open({ room }) {
      const clock = new FakeClock();
      const adapter = wrap(() => memoryAdapter({ maxEntries: room, clock }), clock);
      return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
    },
  };
  conformance({ describe, test }, harness);
}
