import { type Clock, systemClock } from '../clock.ts';
import type { AnyAdapter } from '../contract/adapter.ts';
import { type Duration, parseDuration } from '../duration.ts';
import { layered } from './layer.ts';

export interface TimeoutOptions {
  /** The longest that one call of the adapter may take, where the call's own deadline is later. */
  readonly timeout: Duration;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/**
 * Shortens the deadline of each call of an adapter: for one of several adapters that is to be given up sooner.
 * @throws CacheError `INVALID_TTL`
 */
export function timeout<const A extends AnyAdapter>(
  adapter: A,
  { timeout: most, clock = systemClock }: TimeoutOptions,
): A {
  const ms = parseDuration(most, 'timeout');
  return layered(adapter, ({ call, items, go }) => {
    return go(items, { ...call, deadline: Math.min(call.deadline, clock.monotonic() + ms) });
  });
}
