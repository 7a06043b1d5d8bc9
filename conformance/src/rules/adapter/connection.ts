import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { CacheError, type ConnectionEvent, type ConnectionEvents, type ErrorCode } from '@cache/core';
import type { Bench } from '../../kit/bench.ts';
import { turns, until, within } from '../../kit/check.ts';
import { type AdapterRule, group } from '../../rule.ts';

const DEADLINE_MS = 300;
/** What a busy machine may need beyond the deadline. */
const LATE_MS = 2500;

export const connection: readonly AdapterRule[] = group('connection', {
  ready: [
    'ready resolves once calls are taken: the next one succeeds.',
    'connection',
    async (bench) => {
      await within(bench.patienceMs, 'ready', facetOf(bench).ready(bench.call()));
      await bench.put(bench.key());
    },
  ],
  'ready-down': [
    'While the server refuses connections, ready rejects with UNAVAILABLE, at its deadline and not before; once it is back, it resolves.',
    'connection',
    'down',
    async (bench) => {
      const { disrupt } = bench.opened;
      await disrupt?.down?.();
      try {
        await lateAndUnavailable(bench);
      } finally {
        await disrupt?.up?.();
      }
      await within(bench.patienceMs, 'ready', facetOf(bench).ready(bench.call()));
    },
  ],
  'ready-frozen': [
    'While the server answers nothing, ready rejects with UNAVAILABLE at its deadline.',
    'connection',
    'freeze',
    async (bench) => {
      const { disrupt } = bench.opened;
      await disrupt?.freeze?.();
      try {
        await lateAndUnavailable(bench);
      } finally {
        await disrupt?.thaw?.();
      }
    },
  ],
  'ready-refused': [
    'ready rejects with ABORTED for a signal that was aborted before, and with CLOSED after close.',
    'connection',
    async (bench) => {
      const reason = new Error('no longer needed');
      const { cause } = await refusal(
        bench,
        'ABORTED',
        facetOf(bench).ready(bench.call(AbortSignal.abort(reason))),
      );
      equal(cause, reason);
      await bench.adapter.close();
      await refusal(bench, 'CLOSED', facetOf(bench).ready(bench.call()));
    },
  ],
  told: [
    'When a connection is cut, `lost` is told and then `ready`, each with its endpoint; calls succeed when `ready` is told.',
    'connection',
    'cut',
    async (bench) => {
      const { events } = heard(bench);
      let succeeded: Promise<unknown> | undefined;
      facetOf(bench).on(({ kind }) => {
        if (kind !== 'ready' || succeeded !== undefined) return;
        succeeded = bench.put(bench.key());
        succeeded.catch(() => undefined);
      });
      await bench.opened.disrupt?.cut?.();
      await until(bench.patienceMs, 'lost and ready', () => tellsOf(events, 'lost', 'ready'));
      await succeeded;
    },
  ],
  'told-down': [
    'When the server goes away, `lost` is told once an endpoint and not `ready`; when it is back, `ready`.',
    'connection',
    'down',
    async (bench) => {
      const { events } = heard(bench);
      await bench.opened.disrupt?.down?.();
      try {
        await until(bench.patienceMs, 'lost', () => tellsOf(events, 'lost'));
        await lateAndUnavailable(bench);
        const told = events.filter(({ kind }) => kind !== 'error');
        deepEqual(
          told.map(({ kind }) => kind),
          told.map(() => 'lost'),
        );
        equal(new Set(told.map(({ endpoint }) => endpoint)).size, told.length, 'an endpoint is lost twice');
      } finally {
        await bench.opened.disrupt?.up?.();
      }
      await until(bench.patienceMs, 'ready', () => tellsOf(events, 'lost', 'ready'));
    },
  ],
  unsubscribes: [
    'A listener that was taken off hears nothing, and others go on hearing; taking it off twice does nothing.',
    'connection',
    'cut',
    async (bench) => {
      const gone = heard(bench);
      const { events } = heard(bench);
      gone.off();
      gone.off();
      await bench.opened.disrupt?.cut?.();
      await until(bench.patienceMs, 'lost and ready', () => tellsOf(events, 'lost', 'ready'));
      deepEqual(gone.events, []);
    },
  ],
  'listener-throws': [
    'A listener that throws harms nobody: other listeners hear, the connection is made again, and calls succeed.',
    'connection',
    'cut',
    async (bench) => {
      const silent = (): void => undefined;
      process.on('warning', silent);
      try {
        facetOf(bench).on(() => {
          throw new Error('listener');
        });
        const { events } = heard(bench);
        await bench.opened.disrupt?.cut?.();
        await until(bench.patienceMs, 'lost and ready', () => tellsOf(events, 'lost', 'ready'));
        await bench.put(bench.key());
        await turns();
      } finally {
        process.off('warning', silent);
      }
    },
  ],
});

function facetOf(bench: Bench): ConnectionEvents {
  return bench.adapter.connection as ConnectionEvents;
}

/** What is told from now on, each checked for its shape. */
function heard(bench: Bench): { readonly events: ConnectionEvent[]; off(): void } {
  const events: ConnectionEvent[] = [];
  const off = facetOf(bench).on((event) => {
    events.push(event);
  });
  return { events, off };
}

/** Whether these kinds were told, in this order, errors and others in between. */
function tellsOf(events: readonly ConnectionEvent[], ...kinds: readonly ConnectionEvent['kind'][]): boolean {
  for (const { kind, endpoint } of events) {
    ok(['ready', 'lost', 'error', 'reconfigured'].includes(kind), `an event of the kind ${kind}`);
    ok(typeof endpoint === 'string' && endpoint !== '', `an event ${kind} without an endpoint`);
  }
  let next = 0;
  for (const { kind } of events) if (kind === kinds[next]) next += 1;
  return next === kinds.length;
}

async function lateAndUnavailable(bench: Bench): Promise<void> {
  const begun = performance.now();
  await refusal(bench, 'UNAVAILABLE', facetOf(bench).ready({ deadline: bench.deadline(DEADLINE_MS) }));
  const took = performance.now() - begun;
  ok(took >= DEADLINE_MS - 20, `ready gave up after ${took} ms of ${DEADLINE_MS}`);
}

async function refusal(bench: Bench, code: ErrorCode, promise: Promise<void>): Promise<CacheError> {
  let found: unknown;
  await rejects(within(Math.min(bench.patienceMs, DEADLINE_MS + LATE_MS), 'ready', promise), (error) => {
    found = error;
    return error instanceof CacheError && error.code === code;
  });
  return found as CacheError;
}
