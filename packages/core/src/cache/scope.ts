import type { Clock } from '../clock.ts';
import type { Codec } from '../codec/codec.ts';
import type { AnyAdapter } from '../contract/adapter.ts';
import type { SyncStore } from '../contract/facets.ts';
import { parseDuration } from '../duration.ts';
import type { EntryFormat, EntryHead, Validators } from '../entry/entry.ts';
import { CacheError, quoteKey, toFailure, wrapFailure } from '../error.ts';
import type { ServerKey } from '../key.ts';
import type { LocalTier } from '../local/tier.ts';
import type { StandardSchema } from '../schema.ts';
import type { Buckets } from './buckets.ts';
import { Budget } from './budget.ts';
import type { Calls } from './calls.ts';
import type { Coalescer } from './coalescer.ts';
import type { Draft } from './entries.ts';
import type { Events } from './events.ts';
import type { Flights } from './flights.ts';
import { type Life, type LifeDefaults, lifeOf } from './life.ts';
import type { LoadPlan } from './load-options.ts';
import type { CallOptions, EntryOptions, LifeOptions, Logger } from './options.ts';
import type { Place, Places } from './places.ts';
import type { Policies } from './policies.ts';
import type { Recovery } from './recovery.ts';
import type { Space } from './space.ts';
import type { Counts } from './stats.ts';
import { parseTags } from './tags.ts';

/** What the namespaces of one cache share. */
export interface Shared<P> {
  readonly adapter: AnyAdapter;
  readonly format: EntryFormat<P>;
  readonly coalescer: Coalescer<P>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly calls: Calls;
  readonly counts: Counts;
  readonly events: Events;
  readonly logger: Logger | undefined;
  readonly warned: Set<string>;
  /** What to run when the cache closes, for each who waits for a load: a signal takes few listeners. */
  readonly onClose: Set<() => void>;
  readonly places: Places<P>;
  /** Where invalidations are queued that the server did not take; undefined = they reject. */
  readonly recovery: Recovery | undefined;
  readonly policies: Policies;
  /** Copies in the memory of this process, in front of the adapter. */
  readonly local: LocalTier<P> | undefined;
  /** Whether what is merely returned may come from replicas. */
  readonly readsReplicas: boolean;
  /** Tells other processes that a key is invalid of which the adapter has nothing: they may hold copies. */
  readonly tellUnseen: ((serverKey: string, budget: Budget) => Promise<void>) | undefined;
  /** Takes what goes on behind a call, where the host ends a process that nobody waits for. */
  readonly waitUntil: ((settled: Promise<unknown>) => void) | undefined;
}

/** What a namespace has of its own. */
export interface Settings {
  readonly codec: Codec;
  readonly life: LifeDefaults;
  readonly timeoutMs: number;
  readonly onReadFailure: 'miss' | 'throw';
  readonly load: LoadPlan;
  readonly schema: StandardSchema | undefined;
  /** The length of a lease, ms. */
  readonly leaseMs: number;
}

const NO_EPOCH = new Uint8Array(8);
const NO_GENERATION = new Uint8Array(8);
const NO_LOAD = { loadMs: 0, validators: undefined };
const NO_TAGS: readonly string[] = [];

/** One namespace, as the parts of its public face see it. */
export class Scope<P> {
  readonly shared: Shared<P>;
  readonly settings: Settings;
  readonly names: readonly string[];
  /** As events call it. */
  readonly name: string;
  /** Held, so that other namespace objects of this path find it. */
  readonly place: Place<P>;
  readonly buckets: Buckets<P>;
  readonly flights: Flights;

  constructor(shared: Shared<P>, settings: Settings, names: readonly string[], place: Place<P>) {
    this.shared = shared;
    this.settings = settings;
    this.names = names;
    this.name = names.join('/');
    this.place = place;
    this.buckets = place.buckets;
    this.flights = place.flights;
  }

  /** @throws CacheError `INVALID_OPTION` or `INVALID_TTL` */
  budget(options: CallOptions | undefined, operation: string): Budget {
    return new Budget(this.shared.clock, this.timeoutMs(options, operation), options?.signal);
  }

  /** The deadline of a call in ms from now. Checks that the options are options at all. */
  timeoutMs(options: CallOptions | undefined, operation: string): number {
    if (options === undefined) return this.settings.timeoutMs;
    if (typeof options !== 'object' || options === null) {
      throw new CacheError('INVALID_OPTION', `${operation}: options must be an object`, { operation });
    }
    if (options.signal !== undefined && !isSignal(options.signal)) {
      throw new CacheError('INVALID_OPTION', `${operation}: signal must be an AbortSignal`, { operation });
    }
    return options.timeout === undefined
      ? this.settings.timeoutMs
      : parseDuration(options.timeout, 'timeout');
  }

  /**
   * The store, where it is one of this process in which a call on the key may take effect at once: no call is under way
   * after which it would have to.
   */
  near(space: Space<P>, serverKey: ServerKey): SyncStore<P> | undefined {
    const { adapter, calls, coalescer, local } = this.shared;
    if (adapter.sync === undefined || local !== undefined || !coalescer.idle || calls.closed)
      return undefined;
    return space.order.isFree || space.order.gate(serverKey.text) === undefined ? adapter.sync : undefined;
  }

  /** Encodes an entry, before any I/O. @throws CacheError that names the key */
  draft(
    key: string,
    hashed: boolean,
    value: unknown,
    codec: Codec,
    options: EntryOptions,
    operation: string,
    load: { readonly loadMs: number; readonly validators: Validators | undefined } = NO_LOAD,
  ): Draft<P> {
    if (value === undefined) {
      const reason = 'undefined cannot be stored, since it is what a miss returns; store null for "nothing"';
      throw new CacheError('INVALID_VALUE', `${operation} ${quoteKey(key)}: ${reason}`, { operation, key });
    }
    const tags = options.tags === undefined ? NO_TAGS : parseTags(options.tags, operation);
    const now = this.shared.clock.now();
    const life = this.life(key, options, now, operation);
    const head: EntryHead = {
      kind: 'value',
      createdAt: now,
      freshUntil: life.freshUntil,
      keptUntil: life.keptUntil,
      slidingMs: life.slidingMs,
      epoch: NO_EPOCH,
      sequence: 0,
      loadMs: Math.ceil(load.loadMs),
      tags: tags.map((name) => ({ name, generation: NO_GENERATION })),
      hashedKey: hashed ? key : undefined,
      validators: load.validators,
    };
    const payload = this.#encode(key, head, value, codec, operation);
    this.#checkSize(key, this.shared.format.size(payload), operation);
    return { payload, ttlMs: life.ttlMs, tags };
  }

  /** The life that options and defaults ask for. @throws CacheError that names the key */
  life(key: string, options: LifeOptions, now: number, operation: string): Life {
    let life: Life;
    try {
      life = lifeOf(options, this.settings.life, now, this.shared.random);
    } catch (error) {
      throw about(error, key, operation);
    }
    const { maxTtlMs } = this.shared.adapter.limits;
    if (life.ttlMs !== null && life.ttlMs > maxTtlMs) {
      const message = `${operation} ${quoteKey(key)}: a life of ${life.ttlMs} ms exceeds the adapter's limit of ${maxTtlMs} ms`;
      throw new CacheError('INVALID_TTL', message, { operation, key });
    }
    if (life.ttlMs === null) {
      this.warnOnce(
        'no-expiry',
        `${operation} ${quoteKey(key)}: no expiry; the entry stays until removed or evicted`,
      );
    }
    return life;
  }

  warnOnce(topic: string, message: string): void {
    if (this.shared.warned.has(topic)) return;
    this.shared.warned.add(topic);
    this.shared.logger?.warn(message);
  }

  /** Runs a call; what fails in it rejects as a `CacheError` with operation and key, and is counted. */
  async guard<T>(operation: string, key: string | undefined, run: () => Promise<T>): Promise<T> {
    try {
      return await this.shared.calls.track(run);
    } catch (caught) {
      throw this.fault(caught, operation, key, false);
    }
  }

  /** The `CacheError` for whatever was caught, counted and told to listeners. */
  fault(caught: unknown, operation: string, key: string | undefined, swallowed: boolean): CacheError {
    const failure = isFailure(caught) ? caught : toFailure(caught);
    const error = caught instanceof CacheError ? caught : wrapFailure(failure, operation, key);
    this.shared.counts.errors += 1;
    this.shared.events.emit('error', { namespace: this.name, error, swallowed });
    return error;
  }

  #encode(key: string, head: EntryHead, value: unknown, codec: Codec, operation: string): P {
    try {
      return this.shared.format.encode(head, value, codec);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'the codec refused it';
      // The first line only: V8 draws the whole circle of a circular structure.
      const message = `${operation} ${quoteKey(key)}: the value cannot be stored: ${reason.split('\n')[0]}`;
      throw new CacheError('INVALID_VALUE', message, { operation, key, cause });
    }
  }

  #checkSize(key: string, size: number, operation: string): void {
    const { maxValueBytes } = this.shared.adapter.limits;
    if (size <= maxValueBytes) return;
    const message = `${operation} ${quoteKey(key)}: ${size} bytes encoded exceed the limit of ${maxValueBytes}; store less, or compress`;
    throw new CacheError('VALUE_TOO_LARGE', message, { operation, key });
  }
}

/** By its shape, since a signal may come from another realm or a polyfill. */
function isSignal(signal: Partial<AbortSignal> | null): boolean {
  return typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function';
}

function about(error: unknown, key: string, operation: string): unknown {
  if (!(error instanceof CacheError)) return error;
  return new CacheError(error.code, `${operation} ${quoteKey(key)}: ${error.message}`, { operation, key });
}

/** By its shape: what batches reject with. */
export function isFailure(caught: unknown): caught is ReturnType<typeof toFailure> {
  return typeof caught === 'object' && caught !== null && 'code' in caught && 'outcome' in caught;
}
