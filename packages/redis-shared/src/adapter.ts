import {
  type Adapter,
  allFailed,
  type Call,
  type Clock,
  type ConnectionEvents,
  defineAdapter,
  type Expiry,
  type FloatCounters,
  failed,
  type Limits,
  literalGlob,
  type Outcome,
  ok,
  type Scan,
  type ServerInfo,
  type Stored,
  type VersionCondition,
  type Write,
  type WriteResult,
} from '@cache/core';
import { failureOf } from './failure.ts';
import type { RedisArgument, RedisCommand, RedisLink, RedisReply } from './link.ts';
import { reportOf } from './report.ts';
import {
  ADD,
  READ_AND_TOUCH_IF_VERSION,
  REMOVE_IF_VERSION,
  scriptCommand,
  TOUCH,
  TOUCH_IF_VERSION,
  WRITE_IF_VERSION,
  withLoads,
} from './script.ts';
import { Session } from './session.ts';
import { Tally } from './tally.ts';

/** An adapter over Redis or something that speaks like it. */
export type RedisAdapter<N extends string = string> = Adapter<Uint8Array> & {
  readonly name: N;
  readonly payload: 'bytes';
  readonly expiry: Expiry<Uint8Array>;
  readonly counters: FloatCounters;
  readonly scan: Scan;
  readonly server: ServerInfo;
  readonly connection: ConnectionEvents;
};

export interface RedisAdapterOptions<N extends string> {
  readonly name: N;
  readonly link: RedisLink;
  /** Stands before every key, taken literally. Default: none. */
  readonly prefix?: string;
  readonly clock: Clock;
}

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

/** Binds the contract to a link: everything that is Redis and not a driver. */
export function redisAdapter<const N extends string>(options: RedisAdapterOptions<N>): RedisAdapter<N> {
  const { name, link, prefix = '', clock } = options;
  const session = new Session(link, clock);

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
    const { loads, all } = withLoads(items.map(command));
    const answer = await session.run(all, call, effect);
    if ('failure' in answer) return allFailed(items.length, answer.failure);
    return items.map((item, index) => {
      const reply = answer.replies[loads + index];
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
    const answer = await session.run(commands, call, false);
    if ('failure' in answer) return tally.end(allFailed(keys.length, answer.failure));
    const outcomes: Outcome<Stored<Uint8Array> | undefined>[] = [];
    answer.replies.forEach((replies, index) => {
      if (replies instanceof Error) {
        const count = Math.min(READ_CHUNK, keys.length - index * READ_CHUNK);
        outcomes.push(...allFailed<undefined>(count, failureOf(replies, false)));
      } else for (const reply of replies as readonly RedisReply[]) outcomes.push(ok(storedOf(reply)));
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
    close: () => session.close(),

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
        const command: RedisCommand = ['SCAN', cursor ?? '0', 'MATCH', pattern, 'COUNT', String(count)];
        const [outcome] = await each(
          [command],
          call,
          false,
          (item) => item,
          (reply) => reply as readonly RedisReply[],
        );
        if (outcome === undefined || !outcome.ok)
          return outcome ?? failed(failureOf(new Error('no reply'), false));
        const [next, keys] = outcome.value;
        const found = (keys as readonly RedisReply[]).map((key) => textOf(key).slice(prefix.length));
        return ok({ keys: found, next: textOf(next) === '0' ? undefined : textOf(next) });
      },
    },

    server: {
      report: async (call) => [await reportOf(session, link.endpoint, call, () => clock.now())],
      client: () => tally.report(),
    },

    connection: { ready: (call) => session.ready(call), on: (listener) => session.on(listener) },
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

function textOf(reply: RedisReply): string {
  return reply instanceof Uint8Array
    ? Buffer.from(reply.buffer, reply.byteOffset, reply.length).toString()
    : String(reply);
}
