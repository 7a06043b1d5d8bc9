import {
  type Adapter,
  CacheError,
  type Clock,
  type ConnectionEvents,
  type ConnectOptions,
  type Counters,
  connectSettings,
  defineAdapter,
  type ServerInfo,
  systemClock,
} from '@cache/core';
import { addressesOf, type ServerOptions } from './address.ts';
import { addPlan } from './counters.ts';
import { Node } from './node.ts';
import { Pool } from './pool.ts';
import { Readiness } from './readiness.ts';
import { Reporter } from './report.ts';
import { MAX_KEY_BYTES, readPlan, removePlan, touchPlan, writePlan } from './values.ts';

interface CommonOptions extends ConnectOptions {
  /** Stands before every key, taken literally. Default: none. */
  readonly prefix?: string;
  /** The largest payload. Default: what a server with its default item size (`-I 1m`) takes, 1,047,552 bytes. */
  readonly maxValueBytes?: number;
  /**
   * Into how many parts a namespace is split over several servers, 1 to 1024: more spread it more evenly, and cost a
   * large batch one more item each. The same in every process that shares the servers. Default: 32.
   */
  readonly buckets?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

export type MemcachedAdapterOptions = ServerOptions & CommonOptions;

/** The adapter over memjs. */
export type MemcachedAdapter = Adapter<Uint8Array> & {
  readonly name: 'memcached';
  readonly payload: 'bytes';
  readonly counters: Counters;
  readonly server: ServerInfo;
  readonly connection: ConnectionEvents;
};

const BUCKETS = 32;

/** 1 MiB less what the server keeps beside a value: its header and the key. */
const MAX_VALUE_BYTES = 1_048_576 - 1024;

/** Core needs so much for its own keys. */
const LEAST_KEY_BYTES = 128;

/**
 * Keeps entries on memcached servers, over memjs. It connects by itself, now and whenever a connection is lost.
 * @throws CacheError `INVALID_OPTION`
 */
export function memcachedAdapter(options: MemcachedAdapterOptions): MemcachedAdapter {
  const { prefix = '', clock = systemClock } = options;
  const settings = connectSettings(options, 'memcachedAdapter');
  const maxValueBytes = whole(options.maxValueBytes ?? MAX_VALUE_BYTES, 'maxValueBytes');
  const maxKeyBytes = MAX_KEY_BYTES - Buffer.byteLength(prefix);
  if (maxKeyBytes < LEAST_KEY_BYTES)
    throw invalid(`prefix must not exceed ${MAX_KEY_BYTES - LEAST_KEY_BYTES} bytes`);
  const addresses = addressesOf(options);

  const connection = new Readiness(clock);
  const pool = new Pool(addresses.map((address) => new Node(address, clock, settings, connection.tell)));
  connection.watch(pool);
  const given = { prefix, maxValueBytes, now: () => clock.now() };
  const reporter = new Reporter(pool, given.now);
  const plans = {
    read: readPlan(given),
    write: writePlan(given),
    remove: removePlan(given),
    touch: touchPlan(given),
    add: addPlan(given),
  };

  return defineAdapter({
    name: 'memcached',
    payload: 'bytes',
    ...(addresses.length > 1 && { buckets: whole(options.buckets ?? BUCKETS, 'buckets') }),
    limits: {
      maxKeyBytes,
      maxValueBytes,
      maxTtlMs: Number.MAX_SAFE_INTEGER,
      // Seconds, rounded up, and one more because the server counts whole ticks.
      ttlResolutionMs: 2000,
    },
    read: async (keys, call) => {
      const items = keys.map((key) => ({ key }));
      return await pool.run(items, call, plans.read, { reads: true });
    },
    write: (writes, call) => pool.run(writes, call, plans.write),
    remove: (removals, call) => pool.run(removals, call, plans.remove),
    touch: (touches, call) => pool.run(touches, call, plans.touch),
    close: async () => {
      connection.clear();
      await Promise.all(pool.nodes.map((node) => node.close()));
    },
    counters: { add: (additions, call) => pool.run(additions, call, plans.add) },
    server: { report: reporter.report, client: reporter.client },
    connection: { ready: connection.ready, on: connection.on },
  });
}

function whole(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw invalid(`${name} must be a whole number above 0`);
}

function invalid(problem: string): CacheError {
  return new CacheError('INVALID_OPTION', `memcachedAdapter: ${problem}`);
}
