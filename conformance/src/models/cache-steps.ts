import * as fc from 'fast-check';
import type { CacheBench } from '../kit/cache-bench.ts';
import type { CacheCall, Life } from './cache-model.ts';
import { withoutOne } from './search.ts';

/** One call of a cache before its value has a name. */
export interface CallPlan {
  readonly name: CacheCall['name'] | 'getMany' | 'setMany' | 'deleteMany' | 'expireMany';
  /** Of those of many keys, all; of the others, the first. */
  readonly keys: readonly number[];
  readonly life: Life;
}

export type CacheStep =
  /** Calls of one namespace of one cache, none of which waits for those before it. */
  | {
      readonly do: 'calls';
      readonly cache: number;
      readonly space: number;
      readonly calls: readonly CallPlan[];
    }
  | { readonly do: 'advance'; readonly ms: number };

export const CACHE_KEYS: readonly string[] = ['a', 'b'];
/** The root and one within it. */
export const SPACES: readonly string[] = ['', 'n'];
/** Two over one adapter, and one over another. */
export const CACHES: readonly string[] = ['one', 'two', 'three'];

const READS: readonly CallPlan['name'][] = ['get', 'has', 'lookup', 'ttl', 'getMany'];
const WRITES: readonly CallPlan['name'][] = ['set', 'set', 'add', 'getAndSet', 'setMany', 'touch'];
const ENDS: readonly CallPlan['name'][] = ['delete', 'expire', 'deleteMany', 'expireMany'];

/** Sequences of what a cache can do over this adapter. */
export function cacheSequencesFor(bench: CacheBench): fc.Arbitrary<readonly CacheStep[]> {
  const { adapter } = bench;
  const resolution = adapter.limits.ttlResolutionMs;
  const life = Math.max(1000, 3 * resolution);
  const names = [...READS, ...WRITES, ...WRITES, ...ENDS];
  if (adapter.counters !== undefined) names.push('increment', 'increment');
  // Without a way to move the server's time a life must not end by itself.
  const lives: Life[] = [
    { ttlMs: 600_000, graceMs: 0 },
    { ttlMs: null, graceMs: 0 },
    { ttlMs: 600_000, graceMs: 600_000 },
  ];
  if (bench.advances) lives.push({ ttlMs: life, graceMs: 0 }, { ttlMs: life, graceMs: 5 * life });
  const key = fc.nat(CACHE_KEYS.length - 1);
  const planOf = (some: readonly CallPlan['name'][]): fc.Arbitrary<CallPlan> =>
    fc.record({
      name: fc.constantFrom(...some),
      keys: fc.array(key, { minLength: 1, maxLength: 3 }),
      life: fc.constantFrom(...lives),
    });
  const place = { cache: fc.nat(CACHES.length - 1), space: fc.nat(SPACES.length - 1) };
  const calls = fc.record({
    do: fc.constant('calls' as const),
    ...place,
    calls: fc.array(planOf(names), { minLength: 1, maxLength: 3 }),
  });
  // What is called during a load detaches it, and clear is on no key, so that it waits for none of its calls.
  const alone = fc.record({
    do: fc.constant('calls' as const),
    ...place,
    calls: fc.tuple(planOf(['getOrSet', 'clear'])),
  });
  const steps: fc.WeightedArbitrary<CacheStep>[] = [
    { weight: 10, arbitrary: calls },
    { weight: 4, arbitrary: alone },
  ];
  if (bench.advances) {
    const ms = fc.constantFrom(1, life - resolution, life, life + resolution, 600_000);
    steps.push({ weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), ms }) });
  }
  return fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 14 });
}

/** The same with a step less, or with a call less in one of its steps. */
export function* shorterCacheSequences(steps: readonly CacheStep[]): Generator<readonly CacheStep[]> {
  yield* withoutOne(steps);
  for (const [i, step] of steps.entries()) {
    if (step.do !== 'calls') continue;
    if (step.calls.length > 1)
      for (const calls of withoutOne(step.calls)) yield steps.with(i, { ...step, calls });
    for (const [j, call] of step.calls.entries()) {
      if (call.keys.length === 1) continue;
      for (const keys of withoutOne(call.keys)) {
        yield steps.with(i, { ...step, calls: step.calls.with(j, { ...call, keys }) });
      }
    }
  }
}
