import {
  abortedBy,
  allFailed,
  type Call,
  CLOSED,
  type Clock,
  type ConnectionEvent,
  type ConnectSettings,
  type Failure,
  type Outcome,
  reconnectDelay,
  refusalOf,
  type Timer,
} from '@cache/core';
import { timedOut, unreachable } from './failure.ts';
import { Holds } from './holds.ts';
import type { LinkTo, MemcachedLink } from './link.ts';
import { Round } from './round.ts';
import type { MemcachedServer } from './server.ts';
import { isOutcome, type Plan } from './step.ts';

export interface NodeOptions {
  readonly server: MemcachedServer;
  readonly link: LinkTo;
  readonly settings: ConnectSettings;
  readonly clock: Clock;
  readonly tell: (event: ConnectionEvent) => void;
}

let links = 0;

/**
 * One server: its connection, made again whenever it is lost, and a guard before it. Nothing is handed over unless the
 * server is known to answer: a call waits, in order and inside its deadline, while there is no connection, and while the
 * server owes an answer that is overdue. So a frozen server gets no more requests that it would carry out when it wakes.
 */
export class Node {
  readonly endpoint: string;
  readonly #options: NodeOptions;
  readonly #clock: Clock;
  /** Calls that wait, in order; each knows whether it may begin. */
  readonly #waiting: Set<{ readonly may: () => boolean; readonly begin: () => void }> = new Set();
  readonly #underway: Set<Promise<unknown>> = new Set();
  readonly #holds: Holds = new Holds();
  #link: MemcachedLink;
  /** Names the link among all of this process: cas numbers begin anew with the server. */
  #epoch = 0;
  #ready = false;
  #stalled = false;
  #attempts = 0;
  #retry: Timer | undefined;
  #lastCause: unknown;
  #closing: Promise<void> | undefined;

  constructor(options: NodeOptions) {
    const { host, port } = options.server;
    this.endpoint = `${host}:${port}`;
    this.#options = options;
    this.#clock = options.clock;
    this.#link = this.#connect();
  }

  /** What last kept it from being connected. */
  get cause(): unknown {
    return this.#lastCause;
  }

  /** Carries a batch out, in order, and answers by the call's deadline. */
  run<I extends { readonly key: string }, T>(
    items: readonly I[],
    call: Call,
    plan: Plan<I, T>,
  ): Promise<Outcome<T>[]> {
    const refusal = refusalOf(call, this.#clock, this.#closing !== undefined);
    if (refusal !== undefined) return Promise.resolve(allFailed(items.length, refusal));
    const answer = this.#attempt(items, call, plan);
    this.#underway.add(answer);
    void answer.then(() => this.#underway.delete(answer));
    return answer;
  }

  /** Settles what waits, lets what is under way end by its deadlines, and ends the connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #attempt<I extends { readonly key: string }, T>(
    items: readonly I[],
    call: Call,
    plan: Plan<I, T>,
  ): Promise<Outcome<T>[]> {
    return new Promise((resolve) => {
      let round: Round<I, T> | undefined;
      const { signal, deadline } = call;
      const settle = (outcomes: Outcome<T>[]): void => {
        timer.cancel();
        this.#waiting.delete(waiter);
        signal?.removeEventListener('abort', onAbort);
        resolve(outcomes);
      };
      const give = (failure: (effect: boolean) => Failure): void => {
        round?.end(failure);
        settle(round?.outcomes ?? allFailed(items.length, failure(false)));
      };
      const onAbort = (): void => {
        if (signal !== undefined) give((effect) => abortedBy(signal, effect ? 'unknown' : 'not-applied'));
      };
      const begin = (): void => {
        this.#waiting.delete(waiter);
        if (this.#closing !== undefined) {
          settle(allFailed(items.length, CLOSED));
          return;
        }
        round = new Round(items, this.#link, this.#epoch, plan, this.#holds);
        const { outcomes } = round;
        void round.run().then(() => {
          settle(outcomes);
          this.#resume();
        });
      };
      const waiter = { may: () => this.#holds.isEmpty || !this.#waits(items, plan), begin };
      const timer = this.#clock.schedule(() => {
        if (round !== undefined) this.#stalled = true;
        give(round === undefined ? () => unreachable(this.endpoint, this.#lastCause) : timedOut);
      }, deadline - this.#clock.monotonic());
      signal?.addEventListener('abort', onAbort);
      if (this.#usable() && this.#waiting.size === 0 && waiter.may()) begin();
      else this.#waiting.add(waiter);
    });
  }

  #usable(): boolean {
    return this.#ready && !this.#stalled && this.#link.open;
  }

  #waits<I extends { readonly key: string }, T>(items: readonly I[], plan: Plan<I, T>): boolean {
    return items.some((item) => {
      if (!this.#holds.has(item.key)) return false;
      const step = plan(item, this.#epoch);
      return !isOutcome(step) && !this.#holds.admits(item.key, step);
    });
  }

  #resume(): void {
    while (this.#usable()) {
      const [first] = this.#waiting;
      if (first === undefined || !first.may()) return;
      first.begin();
    }
  }

  #connect(): MemcachedLink {
    const { server, link } = this.#options;
    links += 1;
    this.#epoch = links;
    return link(server, {
      ready: () => {
        this.#ready = true;
        this.#stalled = false;
        this.#attempts = 0;
        this.#lastCause = undefined;
        this.#options.tell({ kind: 'ready', endpoint: this.endpoint });
        this.#resume();
      },
      heard: () => {
        if (!this.#stalled) return;
        this.#stalled = false;
        this.#resume();
      },
      lost: (cause) => this.#lost(cause),
    });
  }

  #lost(cause: unknown): void {
    const { endpoint } = this;
    const { settings, tell } = this.#options;
    const was = this.#ready;
    this.#ready = false;
    this.#stalled = false;
    if (cause !== undefined) this.#lastCause = cause;
    if (this.#closing !== undefined) return;
    if (cause !== undefined) tell({ kind: 'error', endpoint, cause });
    if (was) tell(cause === undefined ? { kind: 'lost', endpoint } : { kind: 'lost', endpoint, cause });
    this.#attempts += 1;
    const delay = reconnectDelay(settings, this.#attempts);
    this.#retry = this.#clock.schedule(() => {
      this.#link = this.#connect();
    }, delay);
  }

  async #close(): Promise<void> {
    this.#retry?.cancel();
    // Begun after `#closing` is there, so that those who wait see it.
    await Promise.resolve();
    for (const { begin } of [...this.#waiting]) begin();
    await Promise.all(this.#underway);
    await this.#link.close();
  }
}
