import {
  type Adapter,
  CacheError,
  type Clock,
  type ConnectionEvents,
  type ConnectSettings,
  type Counters,
  defineAdapter,
  type ServerInfo,
} from '@cache/core';
import { addPlan } from './counters.ts';
import type { LinkTo } from './link.ts';
import { Listeners } from './listeners.ts';
import { Node } from './node.ts';
import { Pool } from './pool.ts';
import { Readiness } from './readiness.ts';
import { Reporter } from './report.ts';
import type { MemcachedServer } from './server.ts';
import { MAX_KEY_BYTES, readPlan, removePlan, touchPlan, writePlan } from './values.ts';

/** An adapter over one or several memcached servers. */
export type PoolAdapter<N extends string = string> = Adapter<Uint8Array> & {
  readonly name: N;
  readonly payload: 'bytes';
  readonly counters: Counters;
  readonly server: ServerInfo;
  readonly connection: ConnectionEvents;
};

/** What callers choose, whatever the driver. */
export interface PoolOptions {
  /** Stands before every key, taken literally. Default: none. */
  readonly prefix?: string;
  /** The largest payload. Default: what a server with its default item size (`-I 1m`) takes, 1,047,552 bytes. */
  readonly maxValueBytes?: number;
  /**
   * Into how many parts a namespace is split over several servers, 1 to 1024: more spread it more evenly, and cost a
   * large batch one more item each. The same in every process that shares the servers. Default: 32.
   */
  readonly buckets?: number;
  readonly losses?: readonly string[];
}

export interface PoolAdapterOptions<N extends string> {
  readonly name: N;
  /** How messages about options call the adapter. */
  readonly caller: string;
  readonly servers: readonly MemcachedServer[];
  readonly link: LinkTo;
  readonly settings: ConnectSettings;
  readonly clock: Clock;
}

/** A server that was taken away from a pool and comes back has what it had. */
const LOSSES: readonly string[] = ['a change of the servers of the pool'];

const BUCKETS = 32;

/** 1 MiB less what the server keeps beside a value: its header and the key. */
const MAX_VALUE_BYTES = 1_048_576 - 1024;

/** Core needs so much for its own keys. */
const LEAST_KEY_BYTES = 128;

/**
 * Binds the contract to links: everything that is memcached and not a driver.
 * @param chosen may hold more, such as all that the caller gave
 * @throws CacheError `INVALID_OPTION`
 */
export function poolAdapter<const N extends string>(
  { name, caller, servers, link, settings, clock }: PoolAdapterOptions<N>,
  chosen: PoolOptions,
): PoolAdapter<N> {
  const { prefix, maxKeyBytes, maxValueBytes, buckets } = checked(servers, chosen, caller);
  const listeners = new Listeners();
  const pool = new Pool(
    servers.map((server) => {
      return new Node({ server, link, settings, clock, tell: (event) => listeners.tell(event) });
    }),
  );
  const readiness = new Readiness(pool, listeners, clock);
  const now = (): number => clock.now();
  const reporter = new Reporter(pool, now);
  const given = { prefix, maxValueBytes, now };
  const plans = {
    read: readPlan(given),
    write: writePlan(given),
    remove: removePlan(given),
    touch: touchPlan(given),
    add: addPlan(given),
  };

  return defineAdapter({
    name,
    payload: 'bytes',
    ...(buckets !== undefined && { buckets, losses: LOSSES }),
    limits: {
      maxKeyBytes,
      maxValueBytes,
      maxTtlMs: Number.MAX_SAFE_INTEGER,
      // Seconds, rounded up, and one more because the server counts whole ticks.
      ttlResolutionMs: 2000,
    },
    read: async (keys, call) => {
      const items = keys.map((key) => ({ key }));
      return await pool.run(items, call, plans.read);
    },
    write: (writes, call) => pool.run(writes, call, plans.write),
    remove: (removals, call) => pool.run(removals, call, plans.remove),
    touch: (touches, call) => pool.run(touches, call, plans.touch),
    close: async () => {
      listeners.clear();
      await pool.close();
    },
    counters: { add: (additions, call) => pool.run(additions, call, plans.add) },
    server: { report: (call) => reporter.report(call), client: () => pool.counts() },
    connection: { ready: (call) => readiness.wait(call), on: (listener) => listeners.on(listener) },
  });
}

/** What callers choose, checked and whole. */
interface Choice {
  readonly prefix: string;
  readonly maxKeyBytes: number;
  readonly maxValueBytes: number;
  readonly buckets: number | undefined;
}

function checked(servers: readonly MemcachedServer[], chosen: PoolOptions, caller: string): Choice {
  const invalid = (problem: string): CacheError => new CacheError('INVALID_OPTION', `${caller}: ${problem}`);
  const whole = (value: number, option: string): number => {
    if (Number.isSafeInteger(value) && value >= 1) return value;
    throw invalid(`${option} must be a whole number above 0`);
  };
  if (servers.length === 0) throw invalid('give at least one server');
  const names = new Set(servers.map(({ host, port }) => `${host}:${port}`));
  if (names.size < servers.length) throw invalid('a server is listed twice');
  const { prefix = '' } = chosen;
  const maxKeyBytes = MAX_KEY_BYTES - Buffer.byteLength(prefix);
  if (maxKeyBytes < LEAST_KEY_BYTES)
    throw invalid(`prefix must not exceed ${MAX_KEY_BYTES - LEAST_KEY_BYTES} bytes`);
  return {
    prefix,
    maxKeyBytes,
    maxValueBytes: whole(chosen.maxValueBytes ?? MAX_VALUE_BYTES, 'maxValueBytes'),
    buckets: servers.length > 1 ? whole(chosen.buckets ?? BUCKETS, 'buckets') : undefined,
  };
}
