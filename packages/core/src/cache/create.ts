import { type Clock, systemClock } from '../clock.ts';
import type { Adapter, AnyAdapter } from '../contract/adapter.ts';
import type { BusLine } from '../contract/bus.ts';
import { type Duration, parseDuration } from '../duration.ts';
import { bytesFormat } from '../entry/bytes.ts';
import type { EntryFormat } from '../entry/entry.ts';
import { referenceFormat } from '../entry/reference.ts';
import { CacheError } from '../error.ts';
import { checkKey, namespacePath } from '../key.ts';
import { telling } from '../local/telling.ts';
import { LocalTier } from '../local/tier.ts';
import type { Budget } from './budget.ts';
import { Calls } from './calls.ts';
import { Coalescer } from './coalescer.ts';
import { Events } from './events.ts';
import type { Cache } from './face.ts';
import { type Guarantees, guaranteesOf } from './guarantees.ts';
import { NamespaceImpl } from './namespace.ts';
import type { CacheOptions } from './options.ts';
import { Places } from './places.ts';
import { DEFAULT_POLICIES } from './policies.ts';
import { Recovery } from './recovery.ts';
import type { Shared } from './scope.ts';
import { Counts } from './stats.ts';
import { trafficOf } from './traffic.ts';

const ROOT = 'cache';
const MAX_CONCURRENCY = 100;
const MAX_BUCKETS = 1024;
const READY_TIMEOUT_MS = 10_000;

class CacheImpl<P> extends NamespaceImpl<P> {
  readonly guarantees: Guarantees;
  readonly #shared: Shared<P>;
  readonly #ownsAdapter: boolean;
  #closing: Promise<void> | undefined;

  constructor(shared: Shared<P>, options: CacheOptions<AnyAdapter>) {
    super(shared, [options.namespace ?? ROOT], options);
    this.#shared = shared;
    this.#ownsAdapter = options.ownsAdapter ?? true;
    const { timeoutMs, leaseMs, onReadFailure } = this.settings;
    this.guarantees = guaranteesOf({
      adapter: shared.adapter,
      hasLocal: shared.local !== undefined,
      bus: options.bus,
      localTtlMs: localTtlMs(options.localTtl),
      timeoutMs,
      leaseMs,
      onReadFailure,
      onInvalidationFailure: options.onInvalidationFailure ?? 'reject',
    });
  }

  async ready(options: { readonly timeout?: Duration; readonly signal?: AbortSignal } = {}): Promise<void> {
    const { adapter, clock, calls } = this.#shared;
    if (calls.closed) throw new CacheError('CLOSED', 'ready: it was closed', { operation: 'ready' });
    const { signal } = options;
    const timeoutMs =
      options.timeout === undefined ? READY_TIMEOUT_MS : parseDuration(options.timeout, 'timeout');
    const deadline = clock.monotonic() + timeoutMs;
    await adapter.connection?.ready(signal === undefined ? { deadline } : { deadline, signal });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { calls, onClose, coalescer, adapter, local } = this.#shared;
    const ended = calls.close();
    local?.retire();
    for (const run of onClose) run();
    await ended;
    this.#shared.recovery?.close();
    await coalescer.close();
    await local?.close();
    if (this.#ownsAdapter) await adapter.close();
  }
}

/**
 * Makes a cache over an adapter. The methods that need a facet exist on the result's type only where the adapter has
 * it.
 * @throws CacheError `INVALID_OPTION`, `INVALID_TTL` or `INVALID_KEY`
 */
export function createCache<const A extends AnyAdapter, V = unknown>(
  options: CacheOptions<A> & { readonly onInvalidationFailure: 'queue' },
): Cache<A, V, 'queued'>;
export function createCache<const A extends AnyAdapter, V = unknown>(options: CacheOptions<A>): Cache<A, V>;
export function createCache<const A extends AnyAdapter, V = unknown>(options: CacheOptions<A>): Cache<A, V> {
  const {
    adapter,
    clock = systemClock,
    maxConcurrency = MAX_CONCURRENCY,
    random = Math.random,
    logger,
    waitUntil,
    policies,
    onInvalidationFailure = 'reject',
  } = options;
  if (typeof adapter?.read !== 'function')
    throw new CacheError('INVALID_OPTION', 'createCache needs an adapter');
  if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1) {
    throw new CacheError('INVALID_OPTION', 'maxConcurrency must be a whole number above 0');
  }
  if (onInvalidationFailure !== 'reject' && onInvalidationFailure !== 'queue') {
    throw new CacheError('INVALID_OPTION', "onInvalidationFailure must be 'reject' or 'queue'");
  }
  const { buckets = 1 } = adapter;
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > MAX_BUCKETS) {
    const message = `the adapter ${adapter.name}: buckets must be a whole number from 1 to ${MAX_BUCKETS}`;
    throw new CacheError('INVALID_OPTION', message);
  }
  const events = new Events(logger);
  // The adapter's `payload` says which of the two formats its payloads have.
  const format = (adapter.payload === 'bytes' ? bytesFormat : referenceFormat) as EntryFormat<unknown>;
  const tier = localTier(options, format, clock);
  const store = adapter as Adapter<unknown>;
  const tell = tier?.line?.tell?.bind(tier.line);
  const shared: Shared<unknown> = {
    adapter,
    format,
    coalescer: new Coalescer(
      tell === undefined ? store : telling(store, tell),
      clock,
      maxConcurrency,
      tier && ((key) => tier.changed([key])),
      trafficOf(adapter.sync ?? adapter),
    ),
    local: tier,
    // A copy of what is behind would stay so: what was heard of the change came before it.
    readsReplicas: adapter.hasReplicas === true && tier === undefined,
    tellUnseen: tell && ((key, budget) => tellUnseen(tell, key, clock, budget)),
    clock,
    random,
    calls: new Calls(),
    counts: new Counts(),
    events,
    logger,
    warned: new Set(),
    onClose: new Set(),
    places: new Places(),
    policies: { ...DEFAULT_POLICIES, ...policies },
    waitUntil,
    recovery: onInvalidationFailure === 'queue' ? new Recovery(clock, events, logger) : undefined,
  };
  // The class has the methods of every facet; the type shows those that this adapter can serve.
  try {
    return new CacheImpl(shared, options) as unknown as Cache<A, V>;
  } catch (error) {
    // It listens already.
    void tier?.close();
    throw error;
  }
}

/** @throws CacheError `INVALID_OPTION` or `INVALID_TTL` */
function localTier(
  { adapter, local, bus, localTtl, namespace = ROOT }: CacheOptions<AnyAdapter>,
  format: EntryFormat<unknown>,
  clock: Clock,
): LocalTier<unknown> | undefined {
  if (local === undefined) {
    if (bus === undefined && localTtl === undefined) return undefined;
    throw new CacheError('INVALID_OPTION', 'bus and localTtl are for a local tier; give `local` too');
  }
  if (local.sync === undefined) {
    throw new CacheError('INVALID_OPTION', `local: the adapter ${local.name} has no facet sync`);
  }
  if (localTtl === undefined && bus?.tells !== 'with-change') {
    const reason =
      bus === undefined ? 'nobody tells it of changes' : 'a change may go untold where a process dies';
    throw new CacheError(
      'INVALID_OPTION',
      `local: ${reason}, so it needs \`localTtl\`, the longest that a value may be out of date`,
    );
  }
  checkKey(namespace, 'namespace');
  // What the keys of all namespaces of the cache begin with.
  const root = namespacePath([namespace]).slice(0, -1);
  const { maxKeyBytes } = adapter.limits;
  return new LocalTier(local, bus, root, localTtlMs(localTtl), maxKeyBytes, clock, (one, other) =>
    format.sameEpoch(one, other),
  );
}

function localTtlMs(localTtl: Duration | undefined): number {
  return localTtl === undefined ? Number.POSITIVE_INFINITY : parseDuration(localTtl, 'localTtl');
}

/** @throws Failure when the bus does not take it */
async function tellUnseen(
  tell: NonNullable<BusLine['tell']>,
  serverKey: string,
  clock: Clock,
  budget: Budget,
): Promise<void> {
  const outcome = await tell([serverKey], { deadline: clock.monotonic() + budget.wait().timeoutMs });
  if (!outcome.ok) throw outcome.error;
}
