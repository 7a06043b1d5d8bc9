import type { Effect, ErrorCode, Failure } from '@cache/core';

export const STATUS = {
  ok: 0x00,
  notFound: 0x01,
  exists: 0x02,
  tooLarge: 0x03,
  invalid: 0x04,
  notStored: 0x05,
  notNumeric: 0x06,
  unknownCommand: 0x81,
  outOfMemory: 0x82,
  /** Ours: a later request was answered, and this one was not. */
  unanswered: 0x1_0000,
} as const;

interface Answer {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** Whether a SET that was answered so may have changed something, or any request. Otherwise it has not. */
  readonly changes?: 'set' | 'any';
}

const BY_STATUS: Readonly<Record<number, Answer>> = {
  [STATUS.tooLarge]: {
    code: 'VALUE_TOO_LARGE',
    message: 'the server takes no item of this size; set maxValueBytes below its -I',
    retryable: false,
    changes: 'set',
  },
  [STATUS.outOfMemory]: {
    code: 'SERVER',
    message: 'the server is out of memory: raise its -m, or let it evict',
    retryable: true,
    changes: 'set',
  },
  [STATUS.notNumeric]: {
    code: 'WRONG_TYPE',
    message: 'the key holds something else than a counter',
    retryable: false,
  },
  [STATUS.unknownCommand]: {
    code: 'SERVER',
    message: 'the server does not know the command',
    retryable: false,
  },
  [STATUS.unanswered]: {
    code: 'SERVER',
    message: 'the server passed over the request',
    retryable: true,
    changes: 'any',
  },
};

/** What a status means that is no answer to the question. @param sets whether the request was a SET */
export function failureOf(status: number, sets = false): Failure {
  const { changes, ...answer }: Answer = BY_STATUS[status] ?? {
    code: 'SERVER',
    message: `the server answered 0x${status.toString(16).padStart(2, '0')}`,
    retryable: false,
  };
  // A SET that finds no room removes what it was to replace, lest it be stale.
  return { ...answer, outcome: effectOf(changes === 'any' || (sets && changes === 'set')) };
}

/** The deadline passed while the request was with the server. */
export function timedOut(effect: boolean): Failure {
  return {
    code: 'TIMEOUT',
    message: 'the server did not answer in time',
    retryable: true,
    outcome: effectOf(effect),
  };
}

/** The connection ended while the request was with the server. */
export function connectionLost(effect: boolean, cause: unknown): Failure {
  const outcome = effectOf(effect);
  return { code: 'UNAVAILABLE', message: 'the connection was lost', retryable: true, outcome, cause };
}

/** The deadline passed before there was a connection to hand the request to. */
export function unreachable(endpoint: string, cause: unknown): Failure {
  const why = cause instanceof Error ? ` (${reasonOf(cause)})` : '';
  const message = `no connection to ${endpoint} within the deadline${why}`;
  return { code: 'UNAVAILABLE', message, retryable: true, outcome: 'not-applied', cause };
}

/** What no request may be made of. */
export function refused(code: ErrorCode, message: string): Failure {
  return { code, message, retryable: false, outcome: 'not-applied' };
}

function effectOf(effect: boolean): Effect {
  return effect ? 'unknown' : 'not-applied';
}

/** Of several addresses none of which could be reached, Node tells the code alone. */
function reasonOf(cause: Error): string {
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}
