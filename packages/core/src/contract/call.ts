import type { Clock } from '../clock.ts';
import type { Call } from './adapter.ts';
import type { Failure } from './outcome.ts';

/** Why a call must not begin at all: closed, aborted before, or late before. For adapters, at the top of a method. */
export function refusalOf(call: Call, clock: Clock, closed: boolean): Failure | undefined {
  if (closed) return CLOSED;
  if (call.signal?.aborted) return abortedBy(call.signal, 'not-applied');
  if (call.deadline <= clock.monotonic()) return LATE;
  return undefined;
}

/** What a call of something closed gets. */
export const CLOSED: Failure = {
  code: 'CLOSED',
  message: 'it was closed',
  retryable: false,
  outcome: 'not-applied',
};

const LATE: Failure = {
  code: 'TIMEOUT',
  message: 'the deadline had passed before the call began',
  retryable: true,
  outcome: 'not-applied',
};

/** The failure of a call whose signal was aborted. */
export function abortedBy(signal: AbortSignal, outcome: Failure['outcome']): Failure {
  return {
    code: 'ABORTED',
    message: 'the signal was aborted',
    retryable: false,
    outcome,
    cause: signal.reason,
  };
}
