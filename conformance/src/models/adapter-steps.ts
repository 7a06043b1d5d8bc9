import * as fc from 'fast-check';
import type { Bench } from '../kit/bench.ts';
import { withoutOne } from './search.ts';

export type MethodPlan = 'read' | 'write' | 'remove' | 'touch' | 'readAndTouch' | 'remaining' | 'add';

/** A condition before it is known which versions there are: `back` counts from the one learnt last. */
export type WhenPlan =
  | 'always'
  | 'absent'
  | 'present'
  | { readonly back: number; readonly ofOtherKey: boolean };

/** What an item of any method needs; each takes what is for it. */
export interface ItemPlan {
  readonly key: number;
  readonly ttlMs: number | null;
  readonly when: WhenPlan;
  readonly by: bigint;
}

/** One step of a sequence for an adapter. */
export type StepPlan =
  | { readonly do: 'batch'; readonly method: MethodPlan; readonly items: readonly ItemPlan[] }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'expire'; readonly key: number };

/** How many keys a sequence uses: few, so that its calls meet. */
export const KEYS = 3;

/** Sequences of what the adapter can do and its harness can bring about. */
export function sequencesFor(bench: Bench): fc.Arbitrary<readonly StepPlan[]> {
  const { adapter, opened } = bench;
  const resolution = adapter.limits.ttlResolutionMs;
  const life = Math.max(1000, 3 * resolution);
  const methods: MethodPlan[] = ['read', 'write', 'write', 'write', 'remove', 'touch'];
  if (adapter.expiry !== undefined) methods.push('readAndTouch', 'remaining');
  if (adapter.counters !== undefined) methods.push('add', 'add');
  // Without a way to move time a life must not end by itself.
  const lives = bench.advances ? [600_000, null, life, 5 * life] : [600_000, null];
  const item = fc.record<ItemPlan>({
    key: fc.nat(KEYS - 1),
    ttlMs: fc.constantFrom(...lives),
    when: fc.oneof(
      fc.constantFrom<WhenPlan>('always', 'absent', 'present'),
      fc.record({ back: fc.nat(3), ofOtherKey: fc.nat(7).map((n) => n === 7) }),
    ),
    by: fc.constantFrom(1n, -2n, 2n ** 62n),
  });
  const batch = fc.record({
    do: fc.constant('batch' as const),
    method: fc.constantFrom(...methods),
    items: fc.array(item, { minLength: 1, maxLength: 4 }),
  });
  const steps: fc.WeightedArbitrary<StepPlan>[] = [{ weight: 10, arbitrary: batch }];
  if (bench.advances) {
    const ms = fc.constantFrom(1, life - resolution, life, life + resolution, 5 * life, 2 * resolution);
    steps.push({ weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), ms }) });
  } else if (opened.expireNow !== undefined) {
    const key = fc.nat(KEYS - 1);
    steps.push({ weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), key }) });
  }
  return fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 20 });
}

/** The same with a step less, or with an item less in one of its batches. */
export function* shorterSequences(steps: readonly StepPlan[]): Generator<readonly StepPlan[]> {
  yield* withoutOne(steps);
  for (const [i, step] of steps.entries()) {
    if (step.do !== 'batch' || step.items.length === 1) continue;
    for (const items of withoutOne(step.items)) yield steps.with(i, { ...step, items });
  }
}
