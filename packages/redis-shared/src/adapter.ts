import {
  type Adapter,
  allFailed,
  CacheError,
  type Call,
  type Clock,
  type ConnectionEvents,
  defineAdapter,
  type Expiry,
  type FloatCounters,
  failed,
  type Journals,
  type Limits,
  literalGlob,
  type Outcome,
  ok,
  type PubSub,
  type Scan,
  type ServerInfo,
  type Stored,
  type Tracking,
  type VersionCondition,
  type Write,
  type WriteResult,
} from '@cache/core';
import { ClusterReplicas } from './cluster-replicas.ts';
import { failureOf } from './failure.ts';
import type { RedisArgument, RedisCommand, RedisLink, RedisReply } from './link.ts';
import { ListedReplicas } from './listed-replicas.ts';
import { Listening } from './listening.ts';
import type { RedisNodes } from './redis-nodes.ts';
import { Replicas } from './replicas.ts';
import { reportsOf } from './report.ts';
import type { Route } from './route.ts';
import { Router } from './router.ts';
import { textOf } from './scan.ts';
import {
  ADD,
  READ_AND_TOUCH_IF_VERSION,
  REMOVE_IF_VERSION,
  scriptCommand,
  TOUCH,
  TOUCH_IF_VERSION,
  WRITE_IF_VERSION,
} from './script.ts';
import { Session } from './session.ts';
import { StreamJournal } from './stream-journal.ts';
import { Tally } from './tally.ts';

/** An adapter over Redis or something that speaks like it. */
export type RedisAdapter<N extends string = string> = Adapter<Uint8Array> & {
  readonly name: N;
  readonly payload: 'bytes';
  readonly buckets?: number;
  readonly losses: readonly string[];
  readonly hasReplicas?: boolean;
  readonly expiry: Expiry<Uint8Array>;
  readonly counters: FloatCounters;
  readonly scan: Scan;
  readonly server: ServerInfo;
  readonly connection: ConnectionEvents;
  readonly journal: Journals;
  readonly pubsub: PubSub;
  readonly tracking: Tracking;
};

/** Where an adapter leads. */
export interface RedisServers {
  /** One server, or the nodes of a cluster. */
  readonly server: RedisLink | RedisNodes;
  /** Who answers reads that may lag: replicas of the one server, or whether those of the cluster do. */
  readonly replicas: readonly RedisLink[] | boolean;
}

export interface RedisAdapterOptions<N extends string> extends RedisServers {
  readonly name: N;
  /** Stands before every key, taken literally; without braces on a cluster. Default: none. */
  readonly prefix?: string;
  /** Into how many parts core splits a namespace, 1 to 1024. Default: 32 on a cluster, else core's. */
  readonly buckets?: number | undefined;
  readonly clock: Clock;
  /** How long a server may owe an answer, ms: so often those connections are asked over which nothing else is. */
  readonly stallTimeoutMs: number;
}

/** Enough for the nodes of most clusters to get about the same share of one namespace. */
const CLUSTER_BUCKETS = 32;
const MAX_BUCKETS = 1024;

/** What may undo a write that Redis had acknowledged, as its own documentation says of persistence and replication. */
const LOSSES: readonly string[] = ['a restart from a snapshot', 'a failover'];

/** Keys of one MGET. A longer one keeps the server from everybody else for too long. */
const READ_CHUNK = 1000;

const LIMITS: Limits = {
  // Redis takes 512 MB, but compares and stores each key whole; its own guide advises to hash from 1024 bytes on.
  maxKeyBytes: 1024,
  // proto-max-bulk-len
  maxValueBytes: 512 * 1024 * 1024,
  maxTtlMs: Number.MAX_SAFE_INTEGER,
  ttlResolutionMs: 1,
};

/**
 * Binds the contract to a link, or to links: everything that is Redis and not a driver.
 * @throws CacheError `INVALID_OPTION`
 */
export function redisAdapter<const N extends string>(options: RedisAdapterOptions<N>): RedisAdapter<N> {
  const { name, prefix = '', clock, stallTimeoutMs } = options;
  const buckets = bucketsOf(options);
  const route = routeOf(options);
  const replicas = replicasOf(options, route);

  const listening = new Listening({ route, prefix, clock, stallTimeoutMs });
  const tally = new Tally();

  /** One command an item, one reply a command. */
  async function exchange<I, R>(
    items: readonly I[],
    call: Call,
    effect: boolean,
    command: (item: I) => RedisCommand,
    value: (reply: RedisReply, item: I) => R,
  ): Promise<Outcome<R>[]> {
    if (items.length === 0) return [];
    const answer = await route.run(items.map(command), call, effect);
    if ('failure' in answer) return allFailed(items.length, answer.failure);
    return items.map((item, index) => {
      const reply = answer.replies[index];
      return reply instanceof Error ? failed(failureOf(reply, effect)) : ok(value(reply, item));
    });
  }

  /** The same, counted by item. */
  async function each<I, R>(...args: Parameters<typeof exchange<I, R>>): Promise<Outcome<R>[]> {
    tally.begin(args[0].length);
    return tally.end(await exchange(...args));
  }

  async function read(
    keys: readonly string[],
    call: Call,
  ): Promise<Outcome<Stored<Uint8Array> | undefined>[]> {
    const commands: RedisCommand[] = [];
    for (let at = 0; at < keys.length; at += READ_CHUNK) {
      const chunk = keys.length <= READ_CHUNK ? keys : keys.slice(at, at + READ_CHUNK);
      commands.push(['MGET', ...(prefix === '' ? chunk : chunk.map((key) => prefix + key))]);
    }
    if (commands.length === 0) return [];
    tally.begin(keys.length);
    const answer =
      replicas !== undefined && call.mayLag === true
        ? await replicas.run(commands, call)
        : await route.run(commands, call, false);
    if ('failure' in answer) return tally.end(allFailed(keys.length, answer.failure));
    const outcomes: Outcome<Stored<Uint8Array> | undefined>[] = [];
    answer.replies.forEach((replies, index) => {
      if (replies instanceof Error) {
        const count = Math.min(READ_CHUNK, keys.length - index * READ_CHUNK);
        outcomes.push(...allFailed<undefined>(count, failureOf(replies, false)));
      } else {
        for (const reply of replies as readonly RedisReply[]) {
          outcomes.push(reply instanceof Error ? failed(failureOf(reply, false)) : ok(storedOf(reply)));
        }
      }
    });
    return tally.end(outcomes);
  }

  function writeCommand({ key, payload, ttlMs, when }: Write<Uint8Array>): RedisCommand {
    if (typeof when === 'object') {
      return scriptCommand(WRITE_IF_VERSION, prefix + key, versionOf(when), payload, ttlText(ttlMs));
    }
    const life: RedisArgument[] = ttlMs === null ? [] : ['PX', String(ttlMs)];
    const condition: RedisArgument[] = when === undefined ? [] : [when === 'absent' ? 'NX' : 'XX'];
    return ['SET', prefix + key, payload, ...life, ...condition];
  }

  return defineAdapter({
    name,
    payload: 'bytes',
    limits: LIMITS,
    ...(buckets !== undefined && { buckets }),
    losses: LOSSES,
    ...(replicas !== undefined && { hasReplicas: true }),
    read,
    write: (writes, call) =>
      each(writes, call, true, writeCommand, (reply, { payload }): WriteResult => {
        // SET answers OK or nil, the script 1 or 0.
        return reply === null || reply === 0 ? { written: false } : { written: true, version: payload };
      }),
    remove: (removals, call) =>
      each(
        removals,
        call,
        true,
        ({ key, when }) => {
          if (when === undefined) return ['UNLINK', prefix + key];
          return scriptCommand(REMOVE_IF_VERSION, prefix + key, versionOf(when));
        },
        (reply) => Number(reply) > 0,
      ),
    touch: (touches, call) =>
      each(
        touches,
        call,
        true,
        ({ key, ttlMs, when }) => {
          if (when === undefined) return scriptCommand(TOUCH, prefix + key, ttlText(ttlMs));
          return scriptCommand(TOUCH_IF_VERSION, prefix + key, versionOf(when), ttlText(ttlMs));
        },
        (reply) => Number(reply) > 0,
      ),
    async close() {
      await Promise.all([listening.close(), replicas?.close(), route.close()]);
    },

    expiry: {
      readAndTouch: (touches, call) =>
        each(
          touches,
          call,
          true,
          ({ key, ttlMs, when }) => {
            if (when !== undefined) {
              return scriptCommand(READ_AND_TOUCH_IF_VERSION, prefix + key, versionOf(when), ttlText(ttlMs));
            }
            return ttlMs === null
              ? ['GETEX', prefix + key, 'PERSIST']
              : ['GETEX', prefix + key, 'PX', String(ttlMs)];
          },
          storedOf,
        ),
      remaining: (keys, call) =>
        each(
          keys,
          call,
          false,
          (key) => ['PTTL', prefix + key],
          // −2 = no such key, −1 = no expiry
          (reply) => (Number(reply) === -2 ? undefined : Number(reply) === -1 ? null : Number(reply)),
        ),
    },

    counters: {
      add: (additions, call) =>
        each(
          additions,
          call,
          true,
          ({ key, by, initial, ttlMs }) => {
            return scriptCommand(ADD, prefix + key, 'INCRBY', String(by), String(initial), ttlText(ttlMs));
          },
          (reply) => BigInt(textOf(reply)),
        ),
      addFloat: (additions, call) =>
        each(
          additions,
          call,
          true,
          ({ key, by, initial, ttlMs }) => {
            return scriptCommand(
              ADD,
              prefix + key,
              'INCRBYFLOAT',
              String(by),
              String(initial),
              ttlText(ttlMs),
            );
          },
          (reply) => Number(textOf(reply)),
        ),
    },

    scan: {
      async page(match, cursor, count, call) {
        const pattern = literalGlob(prefix + match.prefix) + (match.glob ?? '*');
        tally.begin(1);
        const step = await route.scan(cursor, ['MATCH', pattern, 'COUNT', String(count)], call);
        tally.end([step]);
        if (!step.ok) return step;
        const { keys, next } = step.value;
        return ok({ keys: keys.map((key) => textOf(key).slice(prefix.length)), next });
      },
    },

    server: {
      report: (call) => reportsOf(route, call, () => clock.now()),
      client: () => tally.report(),
    },

    // Nothing waits for replicas.
    connection: {
      ready: (call) => route.ready(call),
      on: (listener) => {
        const offs = [route.on(listener), replicas?.on(listener)];
        return () => {
          for (const off of offs) off?.();
        };
      },
    },

    pubsub: listening.pubsub,
    tracking: listening.tracking,
    journal: { open: (log, own) => new StreamJournal({ route, prefix, name: log, clock, ...own }) },
  });
}

/** What a bulk reply holds. Its version is its stamp; the payload stands for it, so that a hit allocates no view. */
function storedOf(reply: RedisReply): Stored<Uint8Array> | undefined {
  if (!(reply instanceof Uint8Array)) return undefined;
  return { payload: reply, version: reply };
}

/** A version that is not ours is longer than any, so that it equals none. */
function versionOf({ version }: VersionCondition): Uint8Array {
  return version instanceof Uint8Array ? version.subarray(0, 16) : new Uint8Array(17);
}

function ttlText(ttlMs: number | null): string {
  return ttlMs === null ? '' : String(ttlMs);
}

function replicasOf(
  { server, replicas, clock }: RedisAdapterOptions<string>,
  route: Route,
): Replicas | undefined {
  if (typeof replicas === 'boolean') {
    if (!replicas || 'send' in server || !(route instanceof Router)) return undefined;
    return new Replicas(route, clock, (heard) => new ClusterReplicas(server, route.topology, clock, heard));
  }
  if (replicas.length === 0) return undefined;
  return new Replicas(route, clock, (heard) => new ListedReplicas(replicas, clock, heard));
}

function routeOf({ name, server, prefix = '', clock }: RedisAdapterOptions<string>): Route {
  if ('send' in server) return new Session(server, clock);
  if (/[{}]/.test(prefix)) {
    const message = `${name}: on a cluster the prefix must hold no brace, which would change the slots of keys: choose another prefix`;
    throw new CacheError('INVALID_OPTION', message);
  }
  return new Router(server, clock);
}

function bucketsOf({ name, server, buckets }: RedisAdapterOptions<string>): number | undefined {
  if (buckets === undefined) return 'send' in server ? undefined : CLUSTER_BUCKETS;
  if (Number.isSafeInteger(buckets) && buckets >= 1 && buckets <= MAX_BUCKETS) return buckets;
  const message = `${name}: buckets must be a whole number from 1 to ${MAX_BUCKETS}`;
  throw new CacheError('INVALID_OPTION', message);
}
