import type { Clock, Failure, Outcome } from '@cache/core';
import type { Disrupt } from '../harness.ts';
import type { TestAdapter } from '../kit/bench.ts';
import { around } from '../kit/wrap.ts';

/** A network between an adapter and its server that can be troubled. */
export interface Network extends Required<Disrupt> {
  readonly state: 'up' | 'frozen' | 'down';
}

const LATE: Failure = { code: 'TIMEOUT', message: 'no answer', retryable: true, outcome: 'unknown' };
const UNREACHABLE: Failure = {
  code: 'UNAVAILABLE',
  message: 'no connection',
  retryable: true,
  outcome: 'not-applied',
};

/** Puts a network before an adapter, which settles every call by its deadline and does nothing late. */
export function overNetwork(inner: TestAdapter, clock: Clock): { adapter: TestAdapter; network: Network } {
  let state: Network['state'] = 'up';
  const become = (next: Network['state']) => async (): Promise<void> => {
    state = next;
  };
  const adapter = around(inner, async (name, items, go, call) => {
    if (state === 'up' || items.length === 0) return await go();
    const failure = state === 'down' ? UNREACHABLE : { ...LATE, outcome: effectOf(name) };
    if (state === 'frozen') await deadlineOf(call.deadline, clock);
    return items.map((): Outcome<unknown> => ({ ok: false, error: failure }));
  });
  return {
    adapter,
    network: {
      get state() {
        return state;
      },
      freeze: become('frozen'),
      thaw: become('up'),
      cut: become('up'),
      down: become('down'),
      up: become('up'),
    },
  };
}

function effectOf(name: string): Failure['outcome'] {
  return name === 'read' || name === 'remaining' ? 'not-applied' : 'unknown';
}

/** Resolves at the deadline. */
export function deadlineOf(deadline: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - clock.monotonic())));
}
