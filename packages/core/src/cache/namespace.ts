import type { Codec } from '../codec/codec.ts';
import { jsonCodec } from '../codec/json.ts';
import { type Duration, parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';
import { checkKey, checkPath, namespacePath } from '../key.ts';
import { checkSchema } from '../schema.ts';
import type { Lookup } from './answers.ts';
import { Buckets } from './buckets.ts';
import type { CacheEventName, CacheListener, ConnectionListener } from './events.ts';
import type {
  ConnectionMethods,
  CounterMethods,
  FloatMethods,
  ScanMethods,
  ServerMethods,
  Values,
} from './face.ts';
import { flightsOf } from './flights.ts';
import { Invalidations } from './invalidations.ts';
import { parseGrace, parseTtl } from './life.ts';
import type { LoadContext, Loader } from './load-context.ts';
import { DEFAULT_LOAD_PLAN, type LoadOptions, loadPlan } from './load-options.ts';
import { Loads } from './loads.ts';
import type { ManyLoader } from './many-loads.ts';
import { Numbers } from './numbers.ts';
import type {
  CallOptions,
  CounterOptions,
  KeysOptions,
  NamespaceOptions,
  ScanOptions,
  SetOptions,
  TouchOptions,
} from './options.ts';
import type { Place } from './places.ts';
import { withPolicy } from './policies.ts';
import { Reads } from './reads.ts';
import { RecoveringInvalidations } from './recovering.ts';
import { Scans } from './scans.ts';
import { Scope, type Settings, type Shared } from './scope.ts';
import { type ServerStats, Servers } from './servers.ts';
import { type InvalidatingOptions, SourceWrites } from './source-writes.ts';
import { Space } from './space.ts';
import type { CacheStats } from './stats.ts';
import { type WarmOptions, type WarmReport, warm } from './warm.ts';
import { type WrapOptions, wrap } from './wrap.ts';
import { type SetEntry, Writes } from './writes.ts';

const MAX_LEASE_MS = 3_600_000;

const DEFAULTS: Settings = {
  codec: jsonCodec(),
  life: { ttlMs: parseDuration('15m', 'ttl'), graceMs: 0 },
  timeoutMs: 500,
  onReadFailure: 'miss',
  load: DEFAULT_LOAD_PLAN,
  leaseMs: 2000,
  schema: undefined,
};

/** The public face over its parts: each method is one line to the part that does it. */
export class NamespaceImpl<P>
  implements
    Values<unknown, 'queued'>,
    CounterMethods,
    FloatMethods,
    ScanMethods,
    ServerMethods,
    ConnectionMethods
{
  readonly #scope: Scope<P>;
  readonly #reads: Reads<P>;
  readonly #writes: Writes<P>;
  readonly #loads: Loads<P>;
  readonly #invalidations: RecoveringInvalidations<P>;
  readonly #numbers: Numbers<P>;
  readonly #scans: Scans<P>;
  readonly #servers: Servers<P>;
  readonly #sourceWrites: SourceWrites<P>;

  constructor(
    shared: Shared<P>,
    names: readonly string[],
    options: NamespaceOptions,
    parent: Settings = DEFAULTS,
  ) {
    const settings = settingsOf(withPolicy(shared.policies, options, 'namespace'), parent);
    const scope = new Scope(shared, settings, names, placeOf(shared, names, settings.timeoutMs));
    this.#scope = scope;
    this.#reads = new Reads(scope);
    this.#writes = new Writes(scope, this.#reads);
    this.#loads = new Loads(scope, this.#reads);
    const invalidations = new Invalidations(scope);
    this.#invalidations = new RecoveringInvalidations(scope, invalidations);
    this.#numbers = new Numbers(scope);
    this.#scans = new Scans(scope, invalidations);
    this.#servers = new Servers(scope);
    this.#sourceWrites = new SourceWrites(scope);
  }

  protected get settings(): Settings {
    return this.#scope.settings;
  }

  get path(): readonly string[] {
    return this.#scope.names;
  }

  namespace(name: string, options: NamespaceOptions = {}): NamespaceImpl<P> {
    return new NamespaceImpl(this.#scope.shared, [...this.#scope.names, name], options, this.#scope.settings);
  }

  get<T>(key: string, options?: CallOptions): Promise<T | undefined> {
    return this.#reads.get(key, options) as Promise<T | undefined>;
  }

  getMany<T>(keys: readonly string[], options?: CallOptions): Promise<(T | undefined)[]> {
    return this.#reads.getMany(keys, options) as Promise<(T | undefined)[]>;
  }

  lookup<T>(key: string, options?: CallOptions): Promise<Lookup<T>> {
    return this.#reads.lookup(key, options) as Promise<Lookup<T>>;
  }

  has(key: string, options?: CallOptions): Promise<boolean> {
    return this.#reads.has(key, options);
  }

  ttl(key: string, options?: CallOptions): Promise<number | null | undefined> {
    return this.#reads.ttl(key, options);
  }

  getBytes(key: string, options?: CallOptions): Promise<Uint8Array | undefined> {
    return this.#reads.getBytes(key, options);
  }

  set(key: string, value: unknown, options?: SetOptions): Promise<void> {
    return this.#writes.set(key, value, options, 'set');
  }

  setBytes(key: string, value: Uint8Array, options?: SetOptions): Promise<void> {
    return this.#writes.set(key, value, options, 'setBytes');
  }

  setMany(entries: Iterable<SetEntry<unknown>>, options?: CallOptions): Promise<void> {
    return this.#writes.setMany(entries, options);
  }

  add(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    return this.#writes.add(key, value, options);
  }

  getAndSet<T>(key: string, value: unknown, options?: SetOptions): Promise<T | undefined> {
    return this.#writes.getAndSet(key, value, options) as Promise<T | undefined>;
  }

  touch(key: string, options?: TouchOptions): Promise<boolean> {
    return this.#writes.touch(key, options);
  }

  getOrSet<T>(key: string, loader: Loader<T>, options?: LoadOptions): Promise<T> {
    return this.#loads.getOrSet(key, loader as Loader<unknown>, options) as Promise<T>;
  }

  refresh<T>(key: string, loader: Loader<T>, options: LoadOptions = {}): Promise<T> {
    return this.#loads.refresh(key, loader as Loader<unknown>, options) as Promise<T>;
  }

  getOrSetMany<T>(
    keys: readonly string[],
    loader: ManyLoader<T>,
    options: LoadOptions = {},
  ): Promise<(T | undefined)[]> {
    return this.#loads.getOrSetMany(keys, loader, options) as Promise<(T | undefined)[]>;
  }

  wrap<A extends unknown[], R>(
    call: (...args: A) => R | Promise<R>,
    options: WrapOptions<A>,
  ): (...args: A) => Promise<R> {
    return wrap(this, call, options);
  }

  warm<T>(
    keys: Iterable<string>,
    loader: (key: string, context: LoadContext<T>) => T | Promise<T>,
    options: WarmOptions = {},
  ): Promise<WarmReport> {
    const load = loader as (key: string, context: LoadContext) => unknown;
    return warm(this.#scope, this.#reads, this.#loads, keys, load, options);
  }

  invalidating<T>(
    keys: readonly string[],
    write: () => T | Promise<T>,
    options: InvalidatingOptions = {},
  ): Promise<T> {
    return this.#sourceWrites.invalidating(keys, write, options);
  }

  delete(key: string, options?: CallOptions): Promise<boolean | 'queued'> {
    return this.#invalidations.delete(key, options);
  }

  deleteMany(keys: readonly string[], options?: CallOptions): Promise<(boolean | 'queued')[]> {
    return this.#invalidations.deleteMany(keys, options);
  }

  expire(key: string, options?: CallOptions): Promise<boolean | 'queued'> {
    return this.#invalidations.expire(key, options);
  }

  expireMany(keys: readonly string[], options?: CallOptions): Promise<(boolean | 'queued')[]> {
    return this.#invalidations.expireMany(keys, options);
  }

  deleteByTag(tags: string | readonly string[], options?: CallOptions): Promise<undefined | 'queued'> {
    return this.#invalidations.deleteByTag(tags, options);
  }

  expireByTag(tags: string | readonly string[], options?: CallOptions): Promise<undefined | 'queued'> {
    return this.#invalidations.expireByTag(tags, options);
  }

  clear(options?: CallOptions): Promise<undefined | 'queued'> {
    return this.#invalidations.clear(options);
  }

  keys(options?: KeysOptions): AsyncIterableIterator<string> {
    return this.#scans.keys(options);
  }

  deleteByPattern(pattern: string, options?: ScanOptions): Promise<number> {
    return this.#scans.deleteByPattern(pattern, options);
  }

  deleteByPrefix(prefix: string, options?: ScanOptions): Promise<number> {
    return this.#scans.deleteByPrefix(prefix, options);
  }

  increment<N extends number | bigint>(
    key: string,
    by: N = 1 as N,
    options: CounterOptions = {},
  ): Promise<N> {
    return this.#numbers.add('increment', key, by, 1n, options);
  }

  decrement<N extends number | bigint>(
    key: string,
    by: N = 1 as N,
    options: CounterOptions = {},
  ): Promise<N> {
    return this.#numbers.add('decrement', key, by, -1n, options);
  }

  incrementFloat(key: string, by: number, options: CounterOptions = {}): Promise<number> {
    return this.#numbers.addFloat(key, by, options);
  }

  stats(): CacheStats {
    return this.#scope.shared.counts.snapshot(this.#scope.shared.clock);
  }

  serverStats(options?: CallOptions): Promise<ServerStats> {
    return this.#servers.stats(options);
  }

  on<E extends CacheEventName>(event: E, listener: CacheListener<E>): () => void;
  on(event: 'connection', listener: ConnectionListener): () => void;
  on(
    ...[event, listener]: [CacheEventName, CacheListener<never>] | ['connection', ConnectionListener]
  ): () => void {
    if (event === 'connection') return this.#servers.onConnection(listener);
    return this.#scope.shared.events.on(event, listener);
  }
}

/** @throws CacheError `INVALID_KEY`, `INVALID_TTL` or `INVALID_OPTION` */
function settingsOf(options: NamespaceOptions, parent: Settings): Settings {
  const { codec, ttl, grace, timeout, onReadFailure, lease, schema } = options;
  if (onReadFailure !== undefined && onReadFailure !== 'miss' && onReadFailure !== 'throw') {
    throw new CacheError('INVALID_OPTION', "onReadFailure must be 'miss' or 'throw'");
  }
  if (codec !== undefined) checkCodec(codec);
  if (schema !== undefined) checkSchema(schema);
  return {
    codec: codec ?? parent.codec,
    life: {
      ttlMs: ttl === undefined ? parent.life.ttlMs : parseTtl(ttl),
      graceMs: grace === undefined ? parent.life.graceMs : parseGrace(grace),
    },
    timeoutMs: timeout === undefined ? parent.timeoutMs : parseDuration(timeout, 'timeout'),
    onReadFailure: onReadFailure ?? parent.onReadFailure,
    load: loadPlan(options, parent.load),
    schema: schema ?? parent.schema,
    leaseMs: lease === undefined ? parent.leaseMs : parseLease(lease),
  };
}

/** A lease says its length in 32 bits, and nobody wants to wait longer for a process that died. */
function parseLease(lease: Duration): number {
  const ms = parseDuration(lease, 'lease');
  if (ms <= MAX_LEASE_MS) return ms;
  throw new CacheError('INVALID_OPTION', 'lease must be an hour at most');
}

function checkCodec(codec: Codec): void {
  const isName = typeof codec.name === 'string' && /^[\x21-\x7e]{1,255}$/.test(codec.name);
  if (isName && (codec.form === 'text' || codec.form === 'bytes')) return;
  throw new CacheError(
    'INVALID_OPTION',
    "a codec has a name of 1 to 255 ASCII characters and the form 'text' or 'bytes'",
  );
}

/** Keys, record and loads of a path: one for all namespace objects of that path. */
function placeOf<P>(shared: Shared<P>, names: readonly string[], patienceMs: number): Place<P> {
  for (const name of names) checkKey(name, 'namespace');
  const path = namespacePath(names);
  const { limits, buckets } = shared.adapter;
  checkPath(buckets === undefined ? path : namespacePath(names, buckets), limits.maxKeyBytes);
  return shared.places.get(path, () => ({
    buckets: new Buckets(buckets ?? 1, (bucket) => {
      const own = buckets === undefined ? path : namespacePath(names, bucket);
      const { format, coalescer, clock, readsReplicas } = shared;
      return new Space<P>(own, format, coalescer, clock, limits, patienceMs, readsReplicas);
    }),
    flights: flightsOf(shared.adapter, path),
  }));
}
