import {
  abortedBy,
  CacheError,
  type Call,
  type Clock,
  type ConnectionEvent,
  type Failure,
  refusalOf,
} from '@cache/core';
import { failureOf, timedOut, unreachable, withoutArguments } from './failure.ts';
import { type LinkEvent, LinkFailure, type RedisCommand, type RedisLink, type RedisReply } from './link.ts';

/** The replies, or why there are none. */
export type Answer = { readonly replies: readonly RedisReply[] } | { readonly failure: Failure };

/**
 * Guards a link. Nothing is handed over unless the server is known to answer: a call waits, in order and inside its
 * deadline, while there is no connection, and while the server owes an answer that is overdue. So a frozen server gets
 * no more requests that it would carry out when it wakes.
 */
export class Session {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  /** Calls that wait for the link, in order. */
  readonly #waiting: Set<() => void> = new Set();
  /** Hear of what went wrong with the link. */
  readonly #causes: Set<(cause: unknown) => void> = new Set();
  readonly #listeners: Set<(event: ConnectionEvent) => void> = new Set();
  readonly #underway: Set<Promise<Answer>> = new Set();
  #closing: Promise<void> | undefined;
  #stalled = false;
  #closed = false;
  #lastCause: unknown;

  constructor(link: RedisLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    link.subscribe((event) => this.#heard(event));
  }

  /**
   * Sends commands, in order, and answers by the call's deadline.
   * @param effect whether they can change something, so that a lost answer leaves the outcome unknown
   */
  run(commands: readonly RedisCommand[], call: Call, effect: boolean): Promise<Answer> {
    const refusal = refusalOf(call, this.#clock, this.#closed);
    if (refusal !== undefined) return Promise.resolve({ failure: refusal });
    const answer = this.#attempt(commands, call, effect);
    this.#underway.add(answer);
    void answer.then(() => this.#underway.delete(answer));
    return answer;
  }

  #attempt(commands: readonly RedisCommand[], call: Call, effect: boolean): Promise<Answer> {
    return new Promise((resolve) => {
      let sent = false;
      const { signal, deadline } = call;
      const settle = (answer: Answer): void => {
        timer.cancel();
        this.#waiting.delete(begin);
        signal?.removeEventListener('abort', onAbort);
        resolve(answer);
      };
      const onAbort = (): void => {
        if (signal !== undefined)
          settle({ failure: abortedBy(signal, sent && effect ? 'unknown' : 'not-applied') });
      };
      const begin = (): void => {
        this.#waiting.delete(begin);
        sent = !this.#closed;
        if (sent) void this.#exchange(commands).then((replies) => settle({ replies }));
        else settle({ failure: CLOSED_WHILE_WAITING });
      };
      const timer = this.#clock.schedule(() => {
        if (sent) this.#stalled = true;
        settle({ failure: sent ? timedOut(effect) : unreachable(this.#link.endpoint, this.#lastCause) });
      }, deadline - this.#clock.monotonic());
      signal?.addEventListener('abort', onAbort);
      if (this.#usable()) begin();
      else this.#waiting.add(begin);
    });
  }

  /**
   * Resolves once commands are taken.
   * @throws CacheError `UNAVAILABLE` at the deadline, `SERVER` at once when the server refuses the login, `ABORTED` or
   * `CLOSED`
   */
  async ready(call: Call): Promise<void> {
    const refused = new AbortController();
    const onRefusal = (cause: unknown): void => {
      if (isLoginRefusal(cause)) refused.abort(cause);
    };
    this.#causes.add(onRefusal);
    const signal =
      call.signal === undefined ? refused.signal : AbortSignal.any([call.signal, refused.signal]);
    const asking = { deadline: call.deadline, signal };
    let answer = await this.run([['PING']], asking, false);
    // Asked over a connection that was being lost: the next one counts.
    while (wasLost(answer) && this.#clock.monotonic() < call.deadline) {
      await new Promise<void>((resolve) => this.#clock.defer(resolve));
      answer = await this.run([['PING']], asking, false);
    }
    this.#causes.delete(onRefusal);
    if (refused.signal.aborted) throw readyError(failureOf(refused.signal.reason, false));
    if ('failure' in answer) throw readyError(answer.failure);
    if (answer.replies[0] instanceof Error) throw readyError(failureOf(answer.replies[0], false));
  }

  on(listener: (event: ConnectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Settles what waits, lets what is under way end by its deadlines, and closes the link. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    for (const begin of [...this.#waiting]) begin();
    await Promise.all(this.#underway);
    this.#listeners.clear();
    await this.#link.close();
  }

  #usable(): boolean {
    return this.#link.ready && !this.#stalled && this.#waiting.size === 0;
  }

  async #exchange(commands: readonly RedisCommand[]): Promise<readonly RedisReply[]> {
    const replies = await this.#link.send(commands);
    this.#answered();
    return replies;
  }

  /** The server, or the loss of its connection, has answered: whoever waits may go. */
  #answered(): void {
    this.#stalled = false;
    while (this.#waiting.size > 0 && this.#link.ready && !this.#stalled) {
      const [begin] = this.#waiting;
      begin?.();
    }
  }

  #heard(event: LinkEvent): void {
    if (event.kind === 'ready') this.#lastCause = undefined;
    else if (event.cause !== undefined) this.#lastCause = withoutArguments(event.cause);
    if (event.kind !== 'error') this.#answered();
    else for (const hear of this.#causes) hear(event.cause);
    const { endpoint } = this.#link;
    const told: ConnectionEvent =
      'cause' in event
        ? { kind: event.kind, endpoint, cause: withoutArguments(event.cause) }
        : { kind: event.kind, endpoint };
    for (const listener of this.#listeners) tell(listener, told);
  }
}

const CLOSED_WHILE_WAITING: Failure = {
  code: 'CLOSED',
  message: 'the adapter was closed while the call waited for a connection',
  retryable: false,
  outcome: 'not-applied',
};

function wasLost(answer: Answer): boolean {
  return 'replies' in answer && answer.replies[0] instanceof LinkFailure;
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

/** A listener that throws must not end the driver's own work, in whose event it is called. */
function tell(listener: (event: ConnectionEvent) => void, event: ConnectionEvent): void {
  try {
    listener(event);
  } catch (error) {
    process.emitWarning(`@cache/redis-shared: a listener of the connection threw: ${String(error)}`);
  }
}
