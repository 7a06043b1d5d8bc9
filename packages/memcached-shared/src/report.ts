import { type Call, failed, type Outcome, ok, type ServerReport } from '@cache/core';
import { failureOf, STATUS } from './failure.ts';
import type { Pool } from './pool.ts';
import { type MemcachedReply, NOOP, OPCODE } from './request.ts';
import type { Plan } from './step.ts';
import { answerIn } from './values.ts';

interface Asked {
  readonly key: string;
  readonly endpoint: string;
}

/** Asks each server of a pool what it says of itself. */
export class Reporter {
  readonly #pool: Pool;
  readonly #plan: Plan<Asked, ServerReport>;

  /** @param now wall clock, ms */
  constructor(pool: Pool, now: () => number) {
    this.#pool = pool;
    this.#plan = reportPlan(now);
  }

  async report(call: Call): Promise<Outcome<ServerReport>[]> {
    const answers = await Promise.all(
      this.#pool.nodes.map((node) => node.run([{ key: '', endpoint: node.endpoint }], call, this.#plan)),
    );
    return answers.flat();
  }
}

/** Statistics come as many replies to one request; an empty one ends them. */
function reportPlan(now: () => number): Plan<Asked, ServerReport> {
  return ({ endpoint }) => {
    const stats = new Map<string, string>();
    const settings = new Map<string, string>();
    const into = (map: Map<string, string>) => (reply: MemcachedReply) => {
      map.set(reply.key.toString(), reply.value.toString());
    };
    return {
      requests: [
        { opcode: OPCODE.stat, hear: into(stats) },
        { opcode: OPCODE.stat, key: Buffer.from('settings'), hear: into(settings) },
        NOOP,
      ],
      effect: false,
      next: ([first]) => {
        const { status } = answerIn(first);
        return status === STATUS.ok
          ? ok(reportOf(endpoint, stats, settings, now()))
          : failed(failureOf(status));
      },
    };
  };
}

function reportOf(
  endpoint: string,
  stats: ReadonlyMap<string, string>,
  settings: ReadonlyMap<string, string>,
  updatedAt: number,
): ServerReport {
  const count = (name: string): number => Number(stats.get(name) ?? 0);
  return {
    server: 'memcached',
    version: stats.get('version') ?? '',
    endpoint,
    uptimeSeconds: count('uptime'),
    connectedClients: count('curr_connections'),
    memoryUsedBytes: count('bytes'),
    memoryLimitBytes: count('limit_maxbytes'),
    keys: count('curr_items'),
    hits: count('get_hits'),
    misses: count('get_misses'),
    evictions: count('evictions'),
    // Found dead when asked for, when its room was needed, or by the crawler.
    expired: count('get_expired') + count('reclaimed') + count('crawler_reclaimed'),
    evicts: settings.get('evictions') === 'on',
    updatedAt,
  };
}
