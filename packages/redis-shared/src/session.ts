import {
  abortedBy,
  type Call,
  type Clock,
  type ConnectionEvent,
  type Failure,
  type Outcome,
  refusalOf,
} from '@cache/core';
import { timedOut, unreachable, withoutArguments } from './failure.ts';
import type { LinkEvent, RedisArgument, RedisCommand, RedisLink, RedisReply } from './link.ts';
import { answered } from './ready.ts';
import { type Answer, type Route, type ScanStep, type Told, toldBy } from './route.ts';
import { scanCommand, scanStep } from './scan.ts';
import { withLoads } from './script.ts';

/**
 * Guards a link. Nothing is handed over unless the server is known to answer: a call waits, in order and inside its
 * deadline, while there is no connection, and while the server owes an answer that is overdue. So a frozen server gets
 * no more requests that it would carry out when it wakes.
 */
export class Session implements Route {
  readonly #link: RedisLink;
  readonly #clock: Clock;
  /** Calls that wait for the link, in order. */
  readonly #waiting: Set<(refusal?: Failure) => void> = new Set();
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

  /** Whether the server owes an answer that is overdue. */
  get isStalled(): boolean {
    return this.#stalled;
  }

  /** Whether a call would be handed over at once. */
  get isUsable(): boolean {
    return this.#link.ready && !this.#stalled && this.#waiting.size === 0;
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
      const begin = (refusal?: Failure): void => {
        this.#waiting.delete(begin);
        sent = refusal === undefined;
        if (refusal !== undefined) settle({ failure: refusal });
        else void this.#exchange(commands).then((replies) => settle({ replies }));
      };
      const timer = this.#clock.schedule(() => {
        if (sent) this.#stalled = true;
        settle({ failure: sent ? timedOut(effect) : unreachable(this.#link.endpoint, this.#lastCause) });
      }, deadline - this.#clock.monotonic());
      signal?.addEventListener('abort', onAbort);
      if (this.isUsable) begin();
      else this.#waiting.add(begin);
    });
  }

  async scan(
    cursor: string | undefined,
    how: readonly RedisArgument[],
    call: Call,
  ): Promise<Outcome<ScanStep>> {
    return scanStep(await this.run([scanCommand(cursor, how)], call, false));
  }

  async everywhere(command: RedisCommand, call: Call): Promise<Outcome<Told>[]> {
    return toldBy([this.#link.endpoint], await this.run([command], call, false));
  }

  ready(call: Call): Promise<void> {
    return answered(
      (listener) => this.on(listener),
      call,
      this.#clock,
      (inTime) => this.run([['PING']], inTime, false),
    );
  }

  on(listener: (event: ConnectionEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: ConnectionEvent): void {
    for (const listener of this.#listeners) tell(listener, event);
  }

  masters(): readonly RedisLink[] {
    return [this.#link];
  }

  /** There is one, wherever it leads. */
  watch(): () => void {
    return () => undefined;
  }

  /** Gives back, with `WITHDRAWN`, what waits and was not handed over: it may go another way. */
  withdraw(): void {
    for (const begin of [...this.#waiting]) begin(WITHDRAWN);
  }

  /** Settles what waits, lets what is under way end by its deadlines, and closes the link. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    for (const begin of [...this.#waiting]) begin(CLOSED_WHILE_WAITING);
    await Promise.all(this.#underway);
    this.#listeners.clear();
    await this.#link.close();
  }

  async #exchange(commands: readonly RedisCommand[]): Promise<readonly RedisReply[]> {
    const { loads, all } = withLoads(commands);
    const replies = await this.#link.send(all);
    this.#answered();
    return loads === 0 ? replies : replies.slice(loads);
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
    const { endpoint } = this.#link;
    const told: ConnectionEvent =
      'cause' in event
        ? { kind: event.kind, endpoint, cause: withoutArguments(event.cause) }
        : { kind: event.kind, endpoint };
    this.tell(told);
  }
}

const CLOSED_WHILE_WAITING: Failure = {
  code: 'CLOSED',
  message: 'the adapter was closed while the call waited for a connection',
  retryable: false,
  outcome: 'not-applied',
};

/** What a call gets that was taken back before it was handed over. */
export const WITHDRAWN: Failure = {
  code: 'UNAVAILABLE',
  message: 'there was no connection, and the call was taken back',
  retryable: true,
  outcome: 'not-applied',
};

/** A listener that throws must not end the driver's own work, in whose event it is called. */
export function tell(listener: (event: ConnectionEvent) => void, event: ConnectionEvent): void {
  try {
    listener(event);
  } catch (error) {
    process.emitWarning(
      `@cache/redis-shared: a listener of the connection threw: ${String(error)}`,
      'CacheWarning',
    );
  }
}
