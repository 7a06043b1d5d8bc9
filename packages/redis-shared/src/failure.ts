import type { Effect, ErrorCode, Failure } from '@cache/core';
import { LinkFailure } from './link.ts';
import { RouteFailure } from './route-failure.ts';

interface Answer {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** By the first word of an error reply; the rest of it may quote arguments, so it is not repeated. */
const BY_WORD: Readonly<Record<string, Answer>> = {
  WRONGTYPE: { code: 'WRONG_TYPE', message: 'the key holds another kind of data', retryable: false },
  OOM: {
    code: 'SERVER',
    message: 'the server is out of memory (OOM): raise maxmemory or set an eviction policy',
    retryable: true,
  },
  READONLY: { code: 'SERVER', message: 'the server is a read-only replica (READONLY)', retryable: true },
  LOADING: { code: 'SERVER', message: 'the server is still loading its data (LOADING)', retryable: true },
  BUSY: { code: 'SERVER', message: 'the server is busy with a script (BUSY)', retryable: true },
  TRYAGAIN: { code: 'SERVER', message: 'the slot is being moved (TRYAGAIN)', retryable: true },
  MOVED: { code: 'SERVER', message: 'the slot was moved again and again (MOVED)', retryable: true },
  ASK: { code: 'SERVER', message: 'the slot was moved again and again (ASK)', retryable: true },
  CLUSTERDOWN: { code: 'SERVER', message: 'the cluster is down (CLUSTERDOWN)', retryable: true },
  MASTERDOWN: { code: 'SERVER', message: 'the replica has lost its master (MASTERDOWN)', retryable: true },
  MISCONF: {
    code: 'SERVER',
    message: 'the server refuses writes because it cannot persist (MISCONF)',
    retryable: true,
  },
  NOAUTH: {
    code: 'SERVER',
    message: 'the server asks for a password (NOAUTH): give username and password',
    retryable: false,
  },
  WRONGPASS: {
    code: 'SERVER',
    message: 'the server refused user name or password (WRONGPASS)',
    retryable: false,
  },
  NOPERM: {
    code: 'SERVER',
    message: 'the user lacks the permission (NOPERM): see ACL in the README',
    retryable: false,
  },
};

const BY_TEXT: readonly [RegExp, Answer][] = [
  [
    /^ERR (?:DB index|invalid DB)/,
    {
      code: 'SERVER',
      message: 'the server has no database of that number: give a lower one, or raise its `databases`',
      retryable: false,
    },
  ],
  [
    /overflow|NaN or Infinity/,
    { code: 'OUT_OF_RANGE', message: 'the sum leaves the range of the counter', retryable: false },
  ],
  [
    /not an integer|not a valid float/,
    { code: 'WRONG_TYPE', message: 'the key holds something else than such a counter', retryable: false },
  ],
];

/** What an error in the place of a reply means. @param effect whether the command could change something */
export function failureOf(error: Error, effect: boolean): Failure {
  if (error instanceof RouteFailure) return error.failure;
  if (error instanceof LinkFailure) return linkFailure(error, effect);
  const word = /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
  const answer = BY_WORD[word] ?? BY_TEXT.find(([pattern]) => pattern.test(error.message))?.[1];
  // An error reply is the server's word that nothing was changed: our scripts change at their last step alone.
  const fallback: Answer = { code: 'SERVER', message: `the server answered ${word}`, retryable: false };
  return { ...(answer ?? fallback), outcome: 'not-applied', cause: withoutArguments(error) };
}

/** Whether an error reply says that the server is a replica, which takes no writes: the master is another one now. */
export function isReplicaRefusal(reply: unknown): boolean {
  return reply instanceof Error && reply.message.startsWith('READONLY');
}

/** The deadline passed while the request was with the server. */
export function timedOut(effect: boolean): Failure {
  const outcome: Effect = effect ? 'unknown' : 'not-applied';
  return { code: 'TIMEOUT', message: 'the server did not answer in time', retryable: true, outcome };
}

/** The deadline passed before there was a connection to hand the request to. */
export function unreachable(endpoint: string, cause: unknown): Failure {
  const why = cause instanceof Error && cause.message !== '' ? ` (${failureText(cause)})` : '';
  const message = `no connection to ${endpoint} within the deadline${why}`;
  return { code: 'UNAVAILABLE', message, retryable: true, outcome: 'not-applied', cause };
}

/** An error of a driver without the command that it may carry, whose arguments are values and passwords. */
export function withoutArguments(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const clean = new Error(failureText(error));
  clean.name = error.name;
  if ('code' in error && typeof error.code === 'string') Object.assign(clean, { code: error.code });
  return clean;
}

/** What an error says, for a message. */
export function textOfCause(cause: unknown): string {
  return cause instanceof Error && cause.message !== '' ? failureText(cause) : 'the connection was lost';
}

function failureText(error: Error): string {
  if (error.message.startsWith('Unknown RESP type')) return 'the peer does not speak the Redis protocol';
  return error.message.replace(/,? with args beginning with:[\s\S]*/, '').slice(0, 200);
}

function linkFailure(error: LinkFailure, effect: boolean): Failure {
  const outcome: Effect = error.sent && effect ? 'unknown' : 'not-applied';
  const cause = withoutArguments(error.cause);
  return { code: 'UNAVAILABLE', message: 'the connection was lost', retryable: true, outcome, cause };
}
