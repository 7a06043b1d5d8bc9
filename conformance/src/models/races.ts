import { systemClock } from '@cache/core';
import type { CacheBench, TestCache } from '../kit/cache-bench.ts';
import { learn } from './cache-clients.ts';
import type { Client, ClientCall } from './callers.ts';
import { type FreshnessInput, judgeFreshness, Source } from './freshness.ts';
import type { ClientRecord, History } from './history.ts';
import type { Scenario, Scene } from './orders.ts';
import type { Scheduler, SchedulerOptions } from './scheduler.ts';

const HOUR = 3_600_000;

/** How a change of the source is told to a cache. */
const CHANGES = [
  'delete',
  'deleteMany',
  'set',
  'getAndSet',
  'expire',
  'deleteByTag',
  'expireByTag',
  'clear',
  'invalidating',
] as const;
export type Change = (typeof CHANGES)[number];

/** `load` and `refresh`: without tags; `tagged`: getOrSet, its tag declared; `late`: its loader names the tag. */
const LOADS = ['load', 'refresh', 'tagged', 'late'] as const;
export type Load = (typeof LOADS)[number];

export type RaceCall = Change | Load | 'get';

/** What is called at the same time on one key, and where. */
export interface Race {
  /** What is under the key when it begins. */
  readonly over: 'nothing' | 'stale' | 'fresh';
  /** Whether the callers are in one process, or each in one of its own. */
  readonly in: 'one' | 'each';
  /** What each caller calls, one after the other. */
  readonly calls: readonly (readonly RaceCall[])[];
}

export function sayRace(race: Race): string {
  const callers = race.calls.map((calls) => calls.join(' then ')).join(' | ');
  return `${callers} over ${race.over} in ${race.in === 'one' ? 'one process' : 'a process each'}`;
}

/** A race, as it is run afresh for each order. */
export function racing(
  bench: CacheBench,
  race: Race,
  nextRoot: () => string,
  options: SchedulerOptions = {},
): Scenario<FreshnessInput> {
  return {
    options: {
      patienceMs: bench.patienceMs,
      replies: false,
      // A call on the whole namespace goes to each bucket, and who comes first there concerns no key.
      inLine: (bench.adapter.buckets ?? 1) > 1,
      ...options,
    },
    open: (scheduler) => new Racers(bench, race, nextRoot(), scheduler, options.faults === undefined).scene(),
  };
}

const TAGGED: readonly RaceCall[] = ['tagged', 'late', 'deleteByTag', 'expireByTag'];

const NAMES: readonly string[] = ['one', 'two', 'three'];

/** The callers of a race. */
class Racers {
  readonly #race: Race;
  readonly #scheduler: Scheduler<FreshnessInput>;
  readonly #source: Source;
  readonly #caches: readonly TestCache[];
  readonly #witness: TestCache;
  /** Whether nothing may fail. */
  readonly #isSound: boolean;
  #loads = 0;

  constructor(
    bench: CacheBench,
    race: Race,
    namespace: string,
    scheduler: Scheduler<FreshnessInput>,
    isSound: boolean,
  ) {
    this.#race = race;
    this.#scheduler = scheduler;
    this.#isSound = isSound;
    this.#source = new Source(scheduler.history);
    const shared = scheduler.gated(bench.adapter, NAMES[0] ?? '');
    const clock = (process: string) => scheduler.clock(process, bench.opened.clock ?? systemClock);
    this.#caches = race.calls.map((_, i) => {
      const process = this.#process(i);
      const adapter = race.in === 'one' ? shared : scheduler.gated(bench.adapter, process);
      return bench.unwatched({ adapter, namespace, clock: clock(process), timeout: HOUR });
    });
    // Whoever looks afterwards: where entries are in the memory of a process, it is in that one.
    this.#witness = bench.unwatched({
      adapter: bench.adapter,
      namespace,
      clock: clock('afterwards'),
      timeout: HOUR,
    });
  }

  async scene(): Promise<Scene<FreshnessInput>> {
    const [first] = this.#caches;
    for (const cache of this.#caches) await learn(cache);
    const tags = this.#race.calls.flat().some((call) => TAGGED.includes(call)) ? ['t'] : [];
    if (this.#race.over !== 'nothing') await first?.set('k', 0, { tags, grace: HOUR });
    if (this.#race.over === 'stale') await first?.expire('k');
    const clients = this.#race.calls.map((calls, i): Client<FreshnessInput> => {
      const cache = this.#caches[i] as TestCache;
      return {
        name: `caller ${NAMES[i]}`,
        process: this.#process(i),
        calls: calls.map((call) => () => this.#call(call, cache, this.#process(i))),
      };
    });
    return {
      clients,
      judge: (history) => this.#judge(history),
      end: async () => {
        for (const cache of [...this.#caches, this.#witness]) await cache.close();
      },
    };
  }

  #process(i: number): string {
    return (this.#race.in === 'one' ? NAMES[0] : NAMES[i]) ?? '';
  }

  #call(name: RaceCall, cache: TestCache, process: string): ClientCall<FreshnessInput> {
    if (name === 'get') return { says: 'get k', input: { does: 'read' }, run: () => cache.get('k') };
    if (isLoad(name)) return this.#load(name, cache, process);
    if (name === 'invalidating') return this.#invalidating(cache, process);
    return {
      says: `change of the source and ${name}`,
      input: { does: 'invalidate' },
      touches: { reads: [], writes: ['source'] },
      run: async () => {
        this.#source.commit();
        return await CALLS[name](cache, { set: this.#source.version });
      },
    };
  }

  #load(name: Load, cache: TestCache, process: string): ClientCall<FreshnessInput> {
    const loader = async ({ setTags }: { setTags(tags: readonly string[]): void }): Promise<number> => {
      this.#loads += 1;
      const read = (): number => this.#source.version;
      const says = 'read of the source';
      const version = await this.#scheduler.step(process, says, read, { reads: ['source'] });
      if (name === 'late') setTags(['t']);
      return version;
    };
    const options = name === 'tagged' ? { grace: HOUR, tags: ['t'] } : { grace: HOUR };
    const operation = name === 'refresh' ? 'refresh' : 'getOrSet';
    return {
      says: `${operation} k`,
      input: { does: 'read' },
      run: () => cache[operation]('k', loader, options),
    };
  }

  #invalidating(cache: TestCache, process: string): ClientCall<FreshnessInput> {
    let committed = 0;
    const write = (): Promise<void> => {
      const commit = (): void => {
        this.#source.commit();
        committed = this.#source.version;
      };
      return this.#scheduler.step(process, 'write of the source', commit, { writes: ['source'] });
    };
    return {
      says: 'invalidating k',
      input: { does: 'invalidate', floor: () => committed },
      run: () => cache.invalidating(['k'], write),
    };
  }

  async #judge(history: History<FreshnessInput>): Promise<void> {
    for (const { client, says, result } of history.calls) {
      if (result === undefined) throw new Error(`${client}’s ${says} did not settle`);
      if (this.#isSound && result.status === 'rejected') throw new Error(`${client}’s ${says} failed`);
    }
    const onlyLoads = this.#race.calls.flat().every((call) => isLoad(call) && call !== 'refresh');
    if (this.#isSound && onlyLoads && this.#loads > 1) throw new Error(`${this.#loads} loaders ran`);
    judgeFreshness(history, this.#source);
    const after: ClientRecord<FreshnessInput>[] = [];
    const at = history.now + 1;
    for (const [i, cache] of [...this.#caches, this.#witness].entries()) {
      const value = await cache.get('k');
      const client = NAMES[i] !== undefined && i < this.#caches.length ? `caller ${NAMES[i]}` : 'another one';
      const record = { client, says: 'get k afterwards', input: { does: 'read' } as const };
      after.push({ ...record, begin: at, end: at, result: { status: 'fulfilled', value } });
    }
    judgeFreshness({ calls: [...history.calls, ...after] }, this.#source);
  }
}

function isLoad(call: RaceCall): call is Load {
  return (LOADS as readonly string[]).includes(call);
}

const CALLS: Record<
  Exclude<Change, 'invalidating'>,
  (cache: TestCache, value: unknown) => Promise<unknown>
> = {
  delete: (cache) => cache.delete('k'),
  deleteMany: (cache) => cache.deleteMany(['k']),
  set: (cache, value) => cache.set('k', value),
  getAndSet: (cache, value) => cache.getAndSet('k', value),
  expire: (cache) => cache.expire('k'),
  deleteByTag: (cache) => cache.deleteByTag('t'),
  expireByTag: (cache) => cache.expireByTag('t'),
  clear: (cache) => cache.clear(),
};
