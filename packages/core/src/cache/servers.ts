import type { ClientReport, ServerReport } from '../contract/facets.ts';
import { type Failure, failed, type Outcome, ok } from '../contract/outcome.ts';
import type { CacheError } from '../error.ts';
import type { ConnectionListener } from './events.ts';
import { requireFacet } from './facet.ts';
import type { CallOptions } from './options.ts';
import type { Scope } from './scope.ts';

/** The servers' view, named as in `CacheStats`: sums over the nodes that answered, everybody's use of them included. */
export interface ServerStats {
  readonly hits: number;
  readonly misses: number;
  /** hits / (hits + misses), 0 before the first read. */
  readonly hitRate: number;
  readonly keys: number;
  readonly memoryUsedBytes: number;
  /** What was dropped to make room. */
  readonly evictions: number;
  readonly expired: number;
  /** Wall clock, ms: of the oldest of the reports. */
  readonly updatedAt: number;
  /** Each node's own report. */
  readonly nodes: readonly ServerReport[];
  /** Of the nodes that did not answer. */
  readonly failures: readonly CacheError[];
  /** What this process has asked of them. */
  readonly client: ClientReport;
}

/** What an adapter knows of its servers and of the way to them. */
export class Servers<P> {
  readonly #scope: Scope<P>;

  constructor(scope: Scope<P>) {
    this.#scope = scope;
  }

  stats(options: CallOptions | undefined): Promise<ServerStats> {
    const operation = 'serverStats';
    return this.#scope.guard(operation, undefined, async () => {
      const { adapter, coalescer, clock } = this.#scope.shared;
      const server = requireFacet(adapter, 'server', operation);
      const wait = this.#scope.budget(options, operation).wait();
      const outcomes = await coalescer.run(
        async (call): Promise<Outcome<Outcome<ServerReport>[]>[]> => {
          const reports = await server.report(call);
          const [first] = reports;
          if (first === undefined) return [failed(NO_REPORT)];
          return [!first.ok && reports.every((report) => !report.ok) ? failed(first.error) : ok(reports)];
        },
        false,
        wait,
      );
      const failures = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
      const nodes = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
      return {
        ...summed(nodes),
        updatedAt: Math.min(...nodes.map(({ updatedAt }) => updatedAt), clock.now()),
        nodes,
        failures: failures.map((failure) => this.#scope.fault(failure, operation, undefined, true)),
        client: server.client(),
      };
    });
  }

  /** Tells of connections until the cache is closed; returns the function that ends it sooner. */
  onConnection(listener: ConnectionListener): () => void {
    const { adapter, events, onClose } = this.#scope.shared;
    const connection = requireFacet(adapter, 'connection', 'on');
    const off = connection.on((event) => events.tell('connection', listener, event));
    const end = (): void => {
      off();
      onClose.delete(end);
    };
    onClose.add(end);
    return end;
  }
}

const NO_REPORT: Failure = {
  code: 'INTERNAL',
  message: 'the adapter broke its contract: it has no report of any node',
  retryable: false,
  outcome: 'not-applied',
};

const SUMMED = ['hits', 'misses', 'keys', 'memoryUsedBytes', 'evictions', 'expired'] as const;

function summed(nodes: readonly ServerReport[]): Pick<ServerStats, (typeof SUMMED)[number] | 'hitRate'> {
  const sums = { hits: 0, misses: 0, keys: 0, memoryUsedBytes: 0, evictions: 0, expired: 0 };
  for (const node of nodes) for (const name of SUMMED) sums[name] += node[name];
  const reads = sums.hits + sums.misses;
  return { ...sums, hitRate: reads === 0 ? 0 : sums.hits / reads };
}
