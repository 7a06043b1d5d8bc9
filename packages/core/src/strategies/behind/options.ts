import type { CallOptions } from '../../cache/options.ts';
import { type Clock, systemClock } from '../../clock.ts';
import type { Codec } from '../../codec/codec.ts';
import { jsonCodec } from '../../codec/json.ts';
import type { Journal } from '../../contract/journal.ts';
import { type Duration, parseDuration } from '../../duration.ts';
import { CacheError } from '../../error.ts';
import type { StrategyOptions } from '../read-side.ts';
import type { BackoffPlan } from './backoff.ts';
import type { BoundPlan } from './bound.ts';

/** A write that is given up. */
export interface DeadLetter<K, V> {
  readonly key: K;
  readonly operation: 'set' | 'delete';
  /** undefined for `delete`. */
  readonly value: V | undefined;
  /** What the source threw last. */
  readonly error: unknown;
  /** ms since 1970. */
  readonly acceptedAt: number;
  readonly sequence: number;
}

export interface WriteBehindOptions<K, V> extends StrategyOptions<K, V> {
  /** Where a write is kept until the source has it: what `set` waits for. Used by this repository alone. */
  readonly journal: Journal;
  /** A batch is sent when one of these is reached. Default: 100 writes, 1 MiB, 200 ms after its first write. */
  readonly batch?: { readonly writes?: number; readonly bytes?: number; readonly interval?: Duration };
  /** Batches (single writes, where the store takes no many) with the source at once, of different keys. Default: 4. */
  readonly parallel?: number;
  /** How long one call of the source may take before it counts as failed and its signal is aborted. Default: 30 s. */
  readonly storeTimeout?: Duration;
  /**
   * Pauses between attempts, doubling from `first` to `most`, half of each at random. Default: 100 ms to 30 s.
   * `attempts`: how often a write may fail, alone and while the source takes others, before it goes to `deadLetter`: a
   * source that is down kills no write. null = no end: it blocks its key. Default: 12, null without `deadLetter`.
   */
  readonly retry?: {
    readonly first?: Duration;
    readonly most?: Duration;
    readonly attempts?: number | null;
  };
  /**
   * Takes over writes that the source does not take. Called again, in this or the next process, until it has resolved:
   * the same letter may come twice. Default: none, such a write is tried for ever and only its key waits.
   */
  readonly deadLetter?: (letter: DeadLetter<K, V>) => void | Promise<void>;
  /** Whether trying again is useless, so that the write goes to `deadLetter` at once. Default: never. */
  readonly isPoison?: (error: unknown) => boolean;
  /**
   * Most that is not done with, as records in the journal; the whole is in memory as well. At the bound `set` waits for
   * `waitTimeout` or its own `timeout`, or rejects at once; then `BUSY`. Default: 10,000 writes, 64 MiB, `'wait'`.
   */
  readonly bound?: { readonly writes?: number; readonly bytes?: number; readonly full?: 'wait' | 'reject' };
  /** Default: 30 s. */
  readonly waitTimeout?: Duration;
  /** How long `close` and `flush` wait for the source. Default: 10 s. */
  readonly drainTimeout?: Duration;
  /** How values lie in the journal; what the source gets is what it decodes. Default: JSON. */
  readonly codec?: Codec;
  /** The same for keys. Default: JSON. */
  readonly keyCodec?: Codec;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Numbers from 0 to 1, for the pauses. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Options with their defaults, checked. */
export interface BehindPlan<K, V> {
  readonly journal: Journal;
  readonly batch: { readonly count: number; readonly bytes: number; readonly intervalMs: number };
  readonly parallel: number;
  readonly storeTimeoutMs: number;
  readonly backoff: BackoffPlan;
  readonly attempts: number | null;
  readonly deadLetter: ((letter: DeadLetter<K, V>) => void | Promise<void>) | undefined;
  readonly isPoison: (error: unknown) => boolean;
  readonly bound: BoundPlan;
  readonly waitTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly codec: Codec;
  readonly keyCodec: Codec;
  readonly clock: Clock;
  readonly random: () => number;
}

const MIB = 1_048_576;
const ATTEMPTS = 12;

/** @throws CacheError `INVALID_OPTION` or `INVALID_TTL` */
export function behindPlan<K, V>(
  options: WriteBehindOptions<K, V>,
): {
  readonly plan: BehindPlan<K, V>;
  readonly rest: StrategyOptions<K, V>;
} {
  const {
    journal,
    batch = {},
    parallel = 4,
    storeTimeout = '30s',
    retry = {},
    deadLetter,
    isPoison = () => false,
    bound = {},
    waitTimeout = '30s',
    drainTimeout = '10s',
    codec = jsonCodec(),
    keyCodec = jsonCodec(),
    clock = systemClock,
    random = Math.random,
    ...rest
  } = options;
  if (typeof journal?.append !== 'function') throw invalid('journal must be a journal');
  const { attempts = deadLetter === undefined ? null : ATTEMPTS } = retry;
  if (attempts !== null && deadLetter === undefined) {
    throw invalid('retry.attempts needs deadLetter: a write that is given up must go somewhere');
  }
  const { full = 'wait' } = bound;
  if (full !== 'wait' && full !== 'reject') throw invalid("bound.full must be 'wait' or 'reject'");
  const plan: BehindPlan<K, V> = {
    journal,
    batch: {
      count: whole(batch.writes ?? 100, 'batch.writes'),
      bytes: whole(batch.bytes ?? MIB, 'batch.bytes'),
      intervalMs: parseDuration(batch.interval ?? 200, 'batch.interval'),
    },
    parallel: whole(parallel, 'parallel'),
    storeTimeoutMs: parseDuration(storeTimeout, 'storeTimeout'),
    backoff: {
      firstMs: parseDuration(retry.first ?? 100, 'retry.first'),
      mostMs: parseDuration(retry.most ?? '30s', 'retry.most'),
    },
    attempts: attempts === null ? null : whole(attempts, 'retry.attempts'),
    deadLetter,
    isPoison: (error) => deadLetter !== undefined && isPoison(error),
    bound: {
      writes: whole(bound.writes ?? 10_000, 'bound.writes'),
      bytes: whole(bound.bytes ?? 64 * MIB, 'bound.bytes'),
      full,
    },
    waitTimeoutMs: parseDuration(waitTimeout, 'waitTimeout'),
    drainTimeoutMs: parseDuration(drainTimeout, 'drainTimeout'),
    codec,
    keyCodec,
    clock,
    random,
  };
  return { plan, rest };
}

/** How long a call that says so, or else the plan, waits. */
export function waitOf({ timeout }: CallOptions, otherwiseMs: number): number {
  return timeout === undefined ? otherwiseMs : parseDuration(timeout, 'timeout');
}

function whole(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(`${name} must be a whole number above 0`);
}

function invalid(reason: string): CacheError {
  return new CacheError('INVALID_OPTION', `writeBehind: ${reason}`);
}
