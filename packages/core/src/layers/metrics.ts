import { type Clock, systemClock } from '../clock.ts';
import type { AnyAdapter } from '../contract/adapter.ts';
import { layered } from './layer.ts';

/** One call of an adapter, as it was measured. */
export interface Measurement {
  /** The adapter. */
  readonly adapter: string;
  /** The method: `read`, `write`, `counters.add`, … */
  readonly operation: string;
  readonly items: number;
  /** How many of them failed. */
  readonly failures: number;
  readonly durationMs: number;
}

/**
 * Tells of each call of an adapter how long it took and how much of it failed. A sink that throws harms nobody.
 * Keys and values are not told. What a cache does through the facet `sync` passes by: `stats()` counts it.
 */
export function metrics<const A extends AnyAdapter>(
  adapter: A,
  sink: (measurement: Measurement) => void,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): A {
  return layered(adapter, async ({ operation, items, go }) => {
    const startedAt = clock.monotonic();
    const outcomes = await go();
    const durationMs = clock.monotonic() - startedAt;
    const failures = outcomes.filter(({ ok }) => !ok).length;
    try {
      sink({ adapter: adapter.name, operation, items: items.length, failures, durationMs });
    } catch {
      // The call has its answer.
    }
    return outcomes;
  });
}
