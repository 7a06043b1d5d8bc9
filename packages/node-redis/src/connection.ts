import type { ConnectSettings } from '@cache/core';
import {
  bufferOf,
  Debt,
  type Hear,
  LinkFailure,
  type RedisCommand,
  type RedisConnection,
  type RedisReply,
} from '@cache/redis-shared';
import type { NodeRedisClient, NodeRedisListener } from './client.ts';

/**
 * A driver's client that is ours alone and does not reconnect. It ends when it is lost, when the server owes an answer
 * for too long, and when it is told to.
 */
export class Connection implements RedisConnection {
  readonly ended: Promise<unknown>;
  readonly #client: NodeRedisClient;
  readonly #listener: NodeRedisListener | undefined;
  readonly #connectTimeoutMs: number;
  readonly #debt: Debt;
  #tellEnded: (cause: unknown) => void = () => undefined;
  #usable = false;
  #over = false;
  #cause: unknown;

  constructor(
    client: NodeRedisClient,
    { connectTimeoutMs, stallTimeoutMs }: ConnectSettings,
    hear: Hear | undefined,
  ) {
    this.#client = client;
    this.#listener = hear && ((message, channel) => hear(channel.toString(), message));
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#debt = new Debt(stallTimeoutMs, (cause) => this.end(cause));
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    // Without a listener the process would end. An error of the decoder comes while the socket is open: what follows
    // cannot be told apart any more, so that is an end, too.
    client.on('error', (cause) => this.end(cause));
    // One that was ended while its socket was being made comes up nevertheless, and would greet without a bound.
    client.on('connect', () => {
      if (this.#over) client.destroy();
    });
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** The driver bounds the connecting, and nobody the greeting: a server that accepts and is silent would hold it. */
  async open(): Promise<void> {
    const silent = new Error(`the server did not answer within ${this.#connectTimeoutMs} ms`);
    const timer = setTimeout(() => this.end(silent), this.#connectTimeoutMs);
    try {
      await this.#client.connect();
    } catch (error) {
      this.end(error);
    } finally {
      clearTimeout(timer);
    }
    if (this.#over) throw this.#cause;
    this.#usable = true;
  }

  /** Those of one turn leave in one write. */
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
        this.#hand(command).then(
          (reply) => take(reply as RedisReply),
          (error) => take(this.#failureOf(error)),
        );
      });
    });
  }

  /** The driver follows subscriptions, and takes the replies to them from nobody else. */
  #hand(command: RedisCommand): Promise<unknown> {
    const [name, channel] = command;
    const listener = this.#listener;
    if (listener !== undefined && (name === 'subscribe' || name === 'unsubscribe')) {
      return this.#client[name](String(channel), listener, true);
    }
    return this.#client.sendCommand(command.map(bufferOf));
  }

  end(cause: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#usable = false;
    this.#cause = cause;
    this.#debt.end();
    this.#client.destroy();
    this.#tellEnded(cause);
  }

  /** The driver's errors of replies and of connections look alike; but only an end rejects for want of a reply. */
  #failureOf(error: unknown): Error {
    if (this.#over || !(error instanceof Error)) return new LinkFailure(true, this.#cause ?? error);
    return error;
  }
}
