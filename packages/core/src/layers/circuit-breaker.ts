import { type Clock, systemClock } from '../clock.ts';
import type { AnyAdapter, Call } from '../contract/adapter.ts';
import { allFailed, type Failure } from '../contract/outcome.ts';
import { type Duration, parseDuration } from '../duration.ts';
import { CacheError } from '../error.ts';
import { Circuit, isOver } from './circuit.ts';
import { layered } from './layer.ts';

export interface CircuitBreakerOptions {
  /** After how many failed calls, one after the other, it opens. Default: 5. */
  readonly failures?: number;
  /** How long it stays open before one call may try. Default: 1 s. */
  readonly open?: Duration;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/**
 * Fails all calls at once while a server does not answer, effects too, as not applied; one call from time to time tries.
 * (Nygard, Release It!, 2007.) A cache has one for its reads already; this is for adapters of which there are several.
 * While it is open the replicas of the adapter are not asked either. What a cache does through the facet `sync` passes by:
 * it is in the memory of this process.
 * @throws CacheError `INVALID_OPTION` or `INVALID_TTL`
 */
export function circuitBreaker<const A extends AnyAdapter>(
  adapter: A,
  { failures = 5, open = 1000, clock = systemClock }: CircuitBreakerOptions = {},
): A {
  if (!Number.isInteger(failures) || failures < 1) {
    throw new CacheError('INVALID_OPTION', 'circuitBreaker: failures must be a whole number above 0');
  }
  const circuit = new Circuit(failures, parseDuration(open, 'open'), clock);
  return layered(adapter, async ({ call, items, go }) => {
    if (isOver(call, clock)) return await go();
    const wasOpen = circuit.isOpen;
    if (!circuit.admits()) return allFailed(Math.max(1, items.length), OPEN);
    // The one that tries asks the server itself, not one of its replicas.
    const asked: Call = wasOpen && call.mayLag === true ? { ...call, mayLag: false } : call;
    const outcomes = await go(items, asked);
    circuit.saw(outcomes, asked);
    return outcomes;
  });
}

const OPEN: Failure = {
  code: 'UNAVAILABLE',
  message: 'the circuit is open: the server did not answer several times',
  retryable: true,
  outcome: 'not-applied',
};
