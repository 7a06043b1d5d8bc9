import { CacheError, type Call, type Failure } from '@cache/core';
import { failureOf } from './failure.ts';
import type { Answer, Route } from './route.ts';

/**
 * Resolves once a server has answered.
 * @throws CacheError `UNAVAILABLE` at the deadline, `SERVER` at once when a server refuses the login, `ABORTED` or
 * `CLOSED`
 */
export async function answered(
  on: Route['on'],
  call: Call,
  ping: (call: Call) => Promise<Answer>,
): Promise<void> {
  const refused = new AbortController();
  const off = on((event) => {
    if (event.kind === 'error' && isLoginRefusal(event.cause)) refused.abort(event.cause);
  });
  const signal = call.signal === undefined ? refused.signal : AbortSignal.any([call.signal, refused.signal]);
  const answer = await ping({ deadline: call.deadline, signal });
  off();
  if (refused.signal.aborted) throw readyError(failureOf(refused.signal.reason, false));
  if ('failure' in answer) throw readyError(answer.failure);
  const error = answer.replies.find((reply) => reply instanceof Error);
  if (error !== undefined) throw readyError(failureOf(error, false));
}

/** What no waiting heals. */
function isLoginRefusal(cause: unknown): cause is Error {
  return cause instanceof Error && /^(?:WRONGPASS|NOAUTH|NOPERM)\b/.test(cause.message);
}

function readyError(failure: Failure): CacheError {
  const code = failure.code === 'TIMEOUT' ? 'UNAVAILABLE' : failure.code;
  return new CacheError(code, `ready: ${failure.message}`, { ...failure, operation: 'ready' });
}
