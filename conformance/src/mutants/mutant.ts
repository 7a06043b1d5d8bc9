import {
  type AnyAdapter,
  type Cache,
  type CacheOptions,
  type FacetName,
  type SyncStore,
  systemClock,
} from '@cache/core';
import { FakeClock } from '../fake-clock.ts';
import { LaggingReplica } from '../faults/lagging-replica.ts';
import type { AdapterHarness, Disrupt } from '../harness.ts';
import type { TestAdapter } from '../kit/bench.ts';
import type { TestCache } from '../kit/cache-bench.ts';
import { withParts } from '../kit/wrap.ts';
import { referenceAdapter, referenceParts } from '../reference/adapter.ts';
import { withListening } from '../reference/listening.ts';
import { withServer } from '../reference/server.ts';
import type { Shelf } from '../reference/shelf.ts';
import { type Network, overNetwork } from './network.ts';

/** What a mutant breaks: a sound adapter, and what it stands on. */
export interface Sound {
  readonly adapter: TestAdapter;
  readonly shelf: Shelf;
  readonly clock: FakeClock;
  readonly network: Network;
}

/** A broken adapter or cache: one small defect in something sound, and the rules that must catch it. */
export interface Mutant {
  readonly name: string;
  /** The defect, in one sentence. */
  readonly does: string;
  readonly caughtBy: readonly string[];
  /** Whether the sound adapter has the facet sync. Default: false. */
  readonly sync?: boolean;
  /** Whether the sound adapter has replicas. Default: false. */
  readonly replicas?: boolean;
  /** Whether time really has to pass. Default: false. */
  readonly realTime?: boolean;
  /** The broken adapter. Default: the sound one. */
  breakAdapter?(sound: Sound): TestAdapter;
  /** The broken cache over it. Default: the sound one. */
  breakCache?(cache: TestCache, options: CacheOptions<AnyAdapter>, sound: MakeCache): TestCache;
  /** As `breakCache`, for one that is made otherwise. */
  makeCache?(options: CacheOptions<AnyAdapter>, sound: MakeCache): TestCache;
}

/** Nothing here is slow but what hangs. */
const PATIENCE_MS = 1500;

const SEED = 7;

export type MakeCache = (options: CacheOptions<AnyAdapter>) => TestCache;

/** A mutant of the adapter. */
export function adapterMutant(
  name: string,
  does: string,
  caughtBy: readonly string[],
  breakAdapter: (sound: Sound) => TestAdapter,
): Mutant {
  return { name, does, caughtBy, breakAdapter };
}

/** A mutant of the cache. */
export function cacheMutant(
  name: string,
  does: string,
  caughtBy: readonly string[],
  breakCache: NonNullable<Mutant['breakCache']>,
): Mutant {
  return { name, does, caughtBy, breakCache };
}

/** A mutant of the cache that is made with other options. */
export function makingMutant(
  name: string,
  does: string,
  caughtBy: readonly string[],
  makeCache: NonNullable<Mutant['makeCache']>,
): Mutant {
  return { name, does, caughtBy, makeCache };
}

/** The harness that opens a mutant; without a mutant, the sound adapter. */
export function harnessOf(mutant?: Mutant): AdapterHarness {
  const sync = mutant?.sync ?? false;
  const expects: FacetName[] = ['expiry', 'counters', 'scan', 'server', 'connection', 'pubsub', 'tracking'];
  if (sync) expects.push('sync');
  const breakCache = mutant?.breakCache?.bind(mutant);
  const makeCache = mutant?.makeCache?.bind(mutant);
  return {
    name: mutant?.name ?? 'sound',
    expects,
    // The same examples each time: that a mutant is caught must not be a matter of luck.
    ...(mutant !== undefined && { patienceMs: PATIENCE_MS, models: { seed: SEED } }),
    async open() {
      const clock = new FakeClock();
      const realTime = mutant?.realTime ?? false;
      const { adapter: bare, shelf } = referenceParts(realTime ? {} : { clock });
      const time = realTime ? systemClock : clock;
      const own = withListening(withServer(bare as unknown as TestAdapter, shelf, time), shelf, time);
      const near = sync ? withParts(own, { sync: syncOf(shelf) }) : own;
      const { adapter: single, network } = overNetwork(near, time);
      const replica = mutant?.replicas === true ? new LaggingReplica(single) : undefined;
      const adapter: TestAdapter = replica?.adapter ?? single;
      const sound: Sound = { adapter, shelf, clock, network };
      const broken = mutant?.breakAdapter?.(sound) ?? adapter;
      const disrupt: Disrupt = { ...network, ...(replica !== undefined && lagOf(replica)) };
      return {
        adapter: broken,
        ...(!realTime && { clock }),
        disrupt,
        press: async () => shelf.press(),
        lose: async (key) => void shelf.items.delete(key),
        async snapshot() {
          const restore = shelf.snapshot();
          return async () => restore();
        },
        peer: async () => {
          const plain = referenceAdapter({ clock: time, shelf }) as unknown as TestAdapter;
          const peer = withListening(plain, shelf, time);
          return { adapter: peer as unknown as AnyAdapter, [Symbol.asyncDispose]: () => peer.close() };
        },
        [Symbol.asyncDispose]: () => adapter.close(),
      };
    },
    ...((breakCache ?? makeCache) !== undefined && {
      cacheOf: (options, sound) => {
        const make = sound as unknown as MakeCache;
        const made = makeCache?.(options, make) ?? make(options);
        return (breakCache?.(made, options, make) ?? made) as unknown as Cache<AnyAdapter>;
      },
    }),
  };
}

function lagOf(replica: LaggingReplica): Pick<Disrupt, 'lag' | 'catchUp'> {
  return { lag: () => replica.catchUp(), catchUp: () => replica.catchUp() };
}

function syncOf(shelf: Shelf): SyncStore<unknown> {
  return {
    get: (key) => {
      const held = shelf.get(key)?.held;
      return held instanceof Uint8Array ? held.slice() : undefined;
    },
    set: (key, payload, ttlMs) => {
      shelf.put(key, (payload as Uint8Array).slice(), ttlMs);
    },
    delete: (key) => shelf.get(key) !== undefined && shelf.items.delete(key),
    clear: () => shelf.items.clear(),
  };
}
