import { setMaxListeners } from 'node:events';
import {
  type Call,
  type Clock,
  type ConnectionEvent,
  failed,
  type Outcome,
  ok,
  type Timer,
} from '@cache/core';
import { failureOf } from './failure.ts';
import { type Hear, LinkFailure, type RedisCommand, type RedisLink, type RedisReply } from './link.ts';
import { RouteFailure } from './route-failure.ts';
import { Session } from './session.ts';

/** Asks over one connection. Rejects with the first error, or with what kept it from an answer. */
export type Ask = (commands: readonly RedisCommand[]) => Promise<readonly RedisReply[]>;

export interface EarOptions {
  /** Whose server is listened to. */
  readonly of: RedisLink;
  readonly clock: Clock;
  /** How often a connection is asked whether it is still there, and how long it may take to answer, ms. */
  readonly beatMs: number;
  /** Says on a new connection what it is to hear. Where this fails it is tried again with the next beat. */
  readonly prepare: (ask: Ask) => Promise<void>;
  readonly heard: Hear;
  /** From now on it hears. */
  readonly opened: () => void;
  /** It hears no more, until it is opened again. */
  readonly lost: () => void;
  /** A connection was lost, could not be made or could not be prepared. */
  readonly troubled: (cause: unknown) => void;
}

/** A connection from its beginning to its end. */
interface Connection {
  state: 'preparing' | 'refused' | 'open';
  /** Aborted with its end, and with it whatever was asked over it: nothing of one connection is said on another. */
  readonly end: AbortController;
}

/**
 * Listens to a server over a connection of its own, for as long as it takes. While nobody publishes, the connection is
 * asked with every beat whether it is there, so that its link notices when nothing comes through any more.
 */
export class Ear {
  readonly #options: EarOptions;
  readonly #session: Session;
  #connection: Connection | undefined;
  #timer: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: EarOptions) {
    this.#options = options;
    const link = options.of.ear((channel, message) => {
      if (this.isOpen) options.heard(channel, message);
    });
    this.#session = new Session(link, options.clock);
    this.#session.on((event) => this.#heard(event));
    this.#beatLater();
  }

  get isOpen(): boolean {
    return this.#connection?.state === 'open';
  }

  /** Asks over the connection that there is. @throws as `Ask` */
  async ask(commands: readonly RedisCommand[], call?: Call): Promise<readonly RedisReply[]> {
    const end = this.#connection?.end;
    if (end === undefined) throw new LinkFailure(false, new Error('there is no connection'));
    const { deadline, signal = end.signal } = call ?? {
      deadline: this.#options.clock.monotonic() + this.#options.beatMs,
    };
    const either = signal === end.signal ? signal : AbortSignal.any([signal, end.signal]);
    const answer = await this.#session.run(commands, { deadline, signal: either }, false);
    if (end.signal.aborted) throw new LinkFailure(true, new Error('the connection was lost'));
    if ('failure' in answer) throw new RouteFailure(answer.failure);
    const error = answer.replies.find((reply) => reply instanceof Error);
    if (error !== undefined) throw error;
    return answer.replies;
  }

  /** Succeeds once everything was heard that the server had sent before it got the question. */
  async ping(call: Call): Promise<Outcome<void>> {
    try {
      await this.ask([['PING']], call);
      return ok(undefined);
    } catch (error) {
      return failed(failureOf(error as Error, false));
    }
  }

  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#timer?.cancel();
      const connection = this.#connection;
      this.#connection = undefined;
      connection?.end.abort();
      this.#closing = this.#session.close();
    }
    return this.#closing;
  }

  #heard(event: ConnectionEvent): void {
    if (this.#closing !== undefined) return;
    if (event.kind === 'ready') {
      const connection: Connection = { state: 'preparing', end: new AbortController() };
      setMaxListeners(0, connection.end.signal);
      this.#connection = connection;
      void this.#prepare(connection);
      return;
    }
    if (event.kind === 'lost') {
      const connection = this.#connection;
      this.#connection = undefined;
      connection?.end.abort();
      if (connection?.state === 'open') this.#options.lost();
    }
    this.#options.troubled('cause' in event ? event.cause : undefined);
  }

  async #prepare(connection: Connection): Promise<void> {
    connection.state = 'preparing';
    try {
      await this.#options.prepare((commands) => this.ask(commands));
      if (connection !== this.#connection) return;
      connection.state = 'open';
      this.#options.opened();
    } catch (error) {
      if (connection !== this.#connection) return;
      connection.state = 'refused';
      this.#options.troubled(error);
    }
  }

  #beatLater(): void {
    this.#timer = this.#options.clock.schedule(() => {
      void this.#beat().then(() => this.#closing ?? this.#beatLater());
    }, this.#options.beatMs);
    this.#timer.unref();
  }

  async #beat(): Promise<void> {
    const connection = this.#connection;
    if (connection?.state === 'refused') await this.#prepare(connection);
    // Whoever does not answer loses the connection by the link's own watch.
    else if (connection?.state === 'open') await this.ask([['PING']]).catch(() => undefined);
  }
}
