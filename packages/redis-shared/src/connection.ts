import type { ConnectSettings } from '@cache/core';
import type { OnceClient } from './connection-source.ts';
import { Debt } from './debt.ts';
import { LinkFailure, type RedisCommand, type RedisReply } from './link.ts';
import { within } from './waiting.ts';

/**
 * One connection, from its beginning to its end. It ends when it is lost, when the server owes an answer for too long,
 * and when it is told to.
 */
export class Connection {
  /** Settles when it has ended, with the cause. */
  readonly ended: Promise<unknown>;
  readonly #client: OnceClient;
  readonly #connectTimeoutMs: number;
  readonly #debt: Debt;
  #tellEnded: (cause: unknown) => void = () => undefined;
  #usable = false;
  #over = false;
  #cause: unknown;

  constructor(client: OnceClient, { connectTimeoutMs, stallTimeoutMs }: ConnectSettings) {
    this.#client = client;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#debt = new Debt(stallTimeoutMs, (cause) => this.end(cause));
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    client.onError((cause) => this.end(cause));
  }

  /** Whether commands may be handed over. */
  get usable(): boolean {
    return this.#usable;
  }

  /**
   * Connects and greets, in bounded time: a server that accepts and is silent would hold it.
   * @throws what kept it from that
   */
  async open(): Promise<void> {
    try {
      await within(this.#client.connect(), this.#connectTimeoutMs, 'the server did not answer');
    } catch (error) {
      this.end(error);
    }
    if (this.#over) throw this.#cause;
    this.#usable = true;
  }

  /** As that of a link. */
  send(commands: readonly RedisCommand[]): Promise<RedisReply[]> {
    this.#debt.grow(commands.length);
    const replies = new Array<RedisReply>(commands.length);
    let left = commands.length;
    return new Promise((resolve) => {
      if (left === 0) resolve(replies);
      commands.forEach((command, index) => {
        const take = (reply: RedisReply): void => {
          this.#debt.shrink();
          replies[index] = reply;
          left -= 1;
          if (left === 0) resolve(replies);
        };
        this.#client.hand(command).then(
          (reply) => take(reply as RedisReply),
          (error) => take(this.#failureOf(error)),
        );
      });
    });
  }

  /** Ends it. What has no answer yet is answered with a `LinkFailure`, and not sent again. */
  end(cause: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#usable = false;
    this.#cause = cause;
    this.#debt.end();
    this.#client.destroy();
    this.#tellEnded(cause);
  }

  /** A driver's errors of replies and of connections may look alike; but only an end rejects for want of a reply. */
  #failureOf(error: unknown): Error {
    if (this.#over || !(error instanceof Error)) return new LinkFailure(true, this.#cause ?? error);
    return error;
  }
}
