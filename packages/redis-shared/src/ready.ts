import { CacheError, type Call, type Clock, type Failure } from '@cache/core';
import { failureOf } from './failure.ts';
import { LinkFailure } from './link.ts';
import type { Answer, Route } from './route.ts';

/** Before the next question, which may fail as fast. */
const PAUSE_MS = 10;

/**
 * Resolves once a server has answered.
 * @throws CacheError `UNAVAILABLE` at the deadline, `SERVER` at once when a server refuses the login, `ABORTED` or
 * `CLOSED`
 */
export async function answered(
  on: Route['on'],
  call: Call,
  clock: Clock,
  ping: (call: Call) => Promise<Answer>,
): Promise<void> {
  const refused = new AbortController();
  const off = on((event) => {
    if (event.kind === 'error' && isLoginRefusal(event.cause)) refused.abort(event.cause);
  });
  const signal = call.signal === undefined ? refused.signal : AbortSignal.any([call.signal, refused.signal]);
  const asking = { deadline: call.deadline, signal };
  let answer = await ping(asking);
  // Asked over a connection that was being lost: the next one counts.
  while (wasLost(answer)) {
    await new Promise<void>((resolve) => clock.schedule(resolve, PAUSE_MS));
    // Another question would only hear that it is too late, where this answer says why.
    if (clock.monotonic() >= call.deadline) break;
    answer = await ping(asking);
  }
  off();
  if (refused.signal.aborted) throw readyError(failureOf(refused.signal.reason, false));
  if ('failure' in answer) throw readyError(answer.failure);
  const error = answer.replies.find((reply) => reply instanceof Error);
  if (error !== undefined) throw readyError(failureOf(error, false));
}

function wasLost(answer: Answer): boolean {
  // Of a cluster's map, which is asked for first, there is only the failure.
  if ('failure' in answer) return answer.failure.code === 'UNAVAILABLE';
  return answer.replies.some((reply) => reply instanceof LinkFailure);
}

/** What no waiting heals. */
function isLoginRefusal(cause: unknown): cause is Error {
  return (
    cause instanceof Error && /^(?:WRONGPASS|NOAUTH|NOPERM|ERR DB index|ERR invalid DB)\b/.test(cause.message)
  );
}

function readyError(failure: Failure): CacheError {
  const code = failure.code === 'TIMEOUT' ? 'UNAVAILABLE' : failure.code;
  return new CacheError(code, `ready: ${failure.message}`, { ...failure, operation: 'ready' });
}
