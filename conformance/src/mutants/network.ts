import { type Clock, type Failure, failed, type Outcome } from '@cache/core';
import type { Disrupt } from '../harness.ts';
import type { TestAdapter } from '../kit/bench.ts';
import { turns } from '../kit/check.ts';
import { around, withParts } from '../kit/wrap.ts';
import { ReferenceConnection } from '../reference/connection.ts';
import { type LineEvent, overLine } from './line.ts';

/** A network between an adapter and its server that can be troubled. */
export interface Network extends Required<Omit<Disrupt, 'lag' | 'catchUp'>> {
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
  let cuts = 0;
  const connection = new ReferenceConnection(() => state === 'up', clock);
  const receivers = new Set<(event: LineEvent) => void>();
  const become =
    (next: Network['state'], ...kinds: ('lost' | 'ready')[]) =>
    async (): Promise<void> => {
      state = next;
      for (const kind of kinds) connection.tell(kind);
      for (const event of kinds.length === 0 ? [undefined] : kinds) {
        for (const receiver of receivers) receiver(event);
      }
    };
  const cut = become('up', 'lost', 'ready');
  const adapter = around(inner, async (name, items, go, call) => {
    if (items.length === 0) return await go();
    if (state === 'up') {
      const before = cuts;
      const answers = await go();
      // The way back takes a turn, so that a cut can come in between.
      await turns(1);
      return cuts === before ? answers : items.map(() => failed({ ...LATE, outcome: effectOf(name) }));
    }
    const failure = troubleOf(state, name);
    if (state === 'frozen') await deadlineOf(call.deadline, clock);
    return items.map((): Outcome<unknown> => ({ ok: false, error: failure }));
  });
  const close = async (): Promise<void> => {
    connection.close();
    await inner.close();
  };
  return {
    adapter: withParts(adapter, {
      ...overLine(inner, () => state, receivers, clock),
      close,
      connection: connection.facet,
    }),
    network: {
      get state() {
        return state;
      },
      freeze: become('frozen'),
      thaw: become('up'),
      async cut() {
        cuts += 1;
        await cut();
      },
      down: become('down', 'lost'),
      up: become('up', 'ready'),
    },
  };
}

const ASKING = ['read', 'remaining', 'page', 'report', 'number', 'confirm'];

function effectOf(name: string): Failure['outcome'] {
  return ASKING.includes(name) ? 'not-applied' : 'unknown';
}

/** What a call fails with while the network is troubled. */
export function troubleOf(state: Network['state'], name: string): Failure {
  return state === 'down' ? UNREACHABLE : { ...LATE, outcome: effectOf(name) };
}

/** Resolves at the deadline. */
export function deadlineOf(deadline: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - clock.monotonic())));
}
