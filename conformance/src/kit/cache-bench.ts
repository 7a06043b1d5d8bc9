import { deepEqual, equal } from 'node:assert/strict';
import {
  type AnyAdapter,
  type Cache,
  CacheError,
  type CacheEventName,
  type CacheOptions,
  createCache,
  type ErrorCode,
  type Facets,
  type FloatCounters,
} from '@cache/core';
import { FakeClock } from '../fake-clock.ts';
import type { AdapterHarness, Opened } from '../harness.ts';
import { Bench, PATIENCE_MS } from './bench.ts';
import { within } from './check.ts';

/** How long the caches' leases last: longer than a busy machine stands still, since a server counts real time. */
export const LEASE_MS = 6000;

/** A cache with the methods of every facet, whether or not its adapter can serve them. */
export type TestCache = Cache<AnyAdapter & Facets<unknown> & { readonly counters: FloatCounters }>;

export type TestCacheOptions = Partial<CacheOptions<AnyAdapter>> & {
  /** Whether the sweep compares its counts with its events. Default: true. */
  readonly audited?: boolean;
};

type Tally = Record<'hit' | 'miss' | 'write' | 'remove' | 'load' | 'error', number>;

/** What a rule of the cache gets: caches over the adapter that was opened, on a clock that stands still. */
export class CacheBench extends Bench {
  /** The clock of the caches, and of the adapter if it takes one. */
  readonly clock: FakeClock;
  readonly #audits: { readonly cache: TestCache; readonly tally: Tally }[] = [];
  readonly #caches: TestCache[] = [];

  constructor(opened: Opened, prefix: string, harness: AdapterHarness) {
    super(opened, prefix, harness);
    this.clock = opened.clock ?? new FakeClock();
  }

  /** A cache over the opened adapter, or over another one; every cache of a rule shares its root namespace. */
  cache(options: TestCacheOptions = {}): TestCache {
    const { audited = true, ...rest } = options;
    const cache = this.unwatched(rest);
    if (audited) this.#audit(cache);
    this.#caches.push(cache);
    return cache;
  }

  /** The same for whoever makes thousands, closes each and asks nothing of its counts. */
  unwatched(options: Partial<CacheOptions<AnyAdapter>> = {}): TestCache {
    const sound = (own: CacheOptions<AnyAdapter>): Cache<AnyAdapter> => createCache<AnyAdapter>(own);
    const make = this.harness.cacheOf ?? sound;
    const made: CacheOptions<AnyAdapter> = {
      adapter: this.adapter,
      namespace: this.prefix,
      clock: this.clock,
      timeout: this.patienceMs,
      lease: LEASE_MS,
      ttl: '10m',
      ownsAdapter: false,
      ...options,
    };
    return make(made, sound) as unknown as TestCache;
  }

  /** Lets time pass: for the caches, and where the harness can for the server. */
  override async advance(ms: number): Promise<void> {
    await super.advance(ms);
    if (this.opened.clock === undefined || this.opened.advance !== undefined) this.clock.advance(ms);
  }

  /** What the rule made must settle, close and add up. */
  override async finish(): Promise<void> {
    for (const cache of this.#caches) await within(this.patienceMs, 'close', cache.close());
    await super.finish();
    for (const { cache, tally } of this.#audits) addsUp(cache, tally);
  }

  #audit(cache: TestCache): void {
    const tally: Tally = { hit: 0, miss: 0, write: 0, remove: 0, load: 0, error: 0 };
    for (const name of Object.keys(tally) as CacheEventName[]) {
      cache.on(name, () => {
        tally[name as keyof Tally] += 1;
      });
    }
    this.#audits.push({ cache, tally });
  }
}

/** Every count of the statistics is the number of its events. */
function addsUp(cache: TestCache, tally: Tally): void {
  const { hits, misses, hitRate, writes, removals, loads, loadFailures, errors } = cache.stats();
  deepEqual(
    { hit: hits, miss: misses, write: writes, remove: removals, load: loads, error: errors },
    tally,
    `the statistics ${JSON.stringify(cache.stats())} are not the events ${JSON.stringify(tally)}`,
  );
  equal(hitRate, hits + misses === 0 ? 0 : hits / (hits + misses));
  equal(loadFailures <= loads, true, 'more loads failed than began');
}

/** The `CacheError` of a call that must reject, with this code; checked for what every such error has. */
export async function rejection(
  code: ErrorCode | readonly ErrorCode[],
  what: string,
  call: () => Promise<unknown>,
): Promise<CacheError> {
  let promise: Promise<unknown>;
  try {
    promise = call();
  } catch (error) {
    throw new Error(`${what} threw at once, where it must reject: ${String(error)}`);
  }
  let value: unknown;
  try {
    value = await within(PATIENCE_MS + 2000, what, promise);
  } catch (error) {
    if (!(error instanceof CacheError))
      throw new Error(`${what} rejected with no CacheError: ${String(error)}`);
    const codes: readonly ErrorCode[] = typeof code === 'string' ? [code] : code;
    equal(
      codes.includes(error.code),
      true,
      `${what} rejected with ${error.code} (${error.message}), not ${codes.join(' or ')}`,
    );
    return error;
  }
  throw new Error(`${what} resolved, to ${typeof value}, where it must reject with ${String(code)}`);
}
