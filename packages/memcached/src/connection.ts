import type { Socket } from 'node:net';
import { type Clock, type ConnectSettings, KEEP_ALIVE_MS, type Timer } from '@cache/core';
import { type Address, type MemjsServer, memjsServer, type Reply } from './memjs.ts';
import { encode, NOOP, type Request } from './request.ts';

/** What is told of a connection, in this order: ready or not, then its end. */
export interface ConnectionListener {
  ready(): void;
  /** Something has arrived: the server lives. */
  heard(): void;
  /** It has ended, for good. */
  lost(cause: unknown): void;
}

/** Requests that were sent together. The server answers in order, so only the first of the waiting ones is answered. */
interface Exchange {
  readonly first: number;
  readonly count: number;
  take(index: number, reply: Reply): void;
  done(whole: boolean): void;
}

let connections = 0;

/** How long a silence may be doubted. */
const DOUBT_MS = 50;

/**
 * One connection, from its beginning to its end. memjs' `Server` opens another one by itself when its own is lost, but
 * keeps half a reply of the old one, and never tells requests that wait for the other half; so each has a `Server` of
 * its own, whose socket is watched here.
 */
export class Connection {
  /** Names it among all connections of this process: cas numbers begin anew with the server. */
  readonly epoch: number;
  readonly #server: MemjsServer;
  readonly #socket: Socket;
  readonly #listener: ConnectionListener;
  readonly #clock: Clock;
  readonly #stallTimeoutMs: number;
  readonly #waiting: Exchange[] = [];
  readonly #handshake: Timer;
  readonly #over: Promise<void>;
  #opaque = 0;
  #corked = false;
  #doubting: Timer | undefined;
  #cause: unknown;

  constructor(address: Address, clock: Clock, settings: ConnectSettings, listener: ConnectionListener) {
    connections += 1;
    this.epoch = connections;
    this.#listener = listener;
    this.#clock = clock;
    this.#stallTimeoutMs = settings.stallTimeoutMs;
    this.#server = memjsServer(address, settings.keepAliveMs ?? KEEP_ALIVE_MS);
    this.#server.respond = (reply) => this.#replied(reply);
    // memjs tells of errors by the number of a request; this one stands for the connection.
    this.#server.onError(-1, (cause) => this.#fail(cause));
    this.#server.sock(false, () => this.#connected());
    const { _socket: socket } = this.#server;
    if (socket === undefined) throw new Error('memjs made no socket');
    this.#socket = socket;
    socket.setNoDelay(true);
    // Half closed is closed: no reply will come any more.
    socket.on('end', () => socket.destroy());
    this.#over = new Promise((resolve) => {
      socket.on('close', () => {
        this.#ended();
        resolve();
      });
    });
    this.#handshake = clock.schedule(
      () => this.#fail(new Error('it did not connect in time')),
      settings.connectTimeoutMs,
    );
  }

  /**
   * Sends requests, whose last one the server must answer. `take` gets each reply with the index of its request.
   * Resolves with whether the last one was answered; false = the connection was lost before.
   */
  exchange(requests: readonly Request[], take: (index: number, reply: Reply) => void): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.open) return resolve(false);
      const first = this.#opaque;
      this.#opaque = (first + requests.length) >>> 0;
      this.#waiting.push({ first, count: requests.length, take, done: resolve });
      if (!this.#corked) {
        this.#corked = true;
        this.#socket.cork();
        process.nextTick(() => {
          this.#corked = false;
          this.#socket.uncork();
        });
      }
      for (const piece of encode(requests, first)) this.#socket.write(piece);
    });
  }

  /** Whether requests can still be sent. */
  get open(): boolean {
    return !this.#socket.destroyed;
  }

  /** What ended it, if something did. */
  get cause(): unknown {
    return this.#cause;
  }

  /** Ends it; resolves when it has. */
  close(): Promise<void> {
    this.#socket.destroy();
    return this.#over;
  }

  #connected(): void {
    // A server that is frozen accepts connections, and one that wants a login refuses by its first answer.
    void this.exchange([NOOP], () => {}).then((whole) => {
      if (!whole) return;
      this.#handshake.cancel();
      this.#socket.setTimeout(this.#stallTimeoutMs, () => this.#doubt());
      this.#listener.ready();
    });
  }

  /** A silence that this process has slept through looks the same: what arrived meanwhile is read first. */
  #doubt(): void {
    const { bytesRead } = this.#socket;
    const decide = (): void => {
      if (this.#waiting.length === 0 || this.#socket.bytesRead > bytesRead) return;
      this.#fail(new Error('the server owed an answer for too long'));
    };
    this.#doubting = this.#clock.schedule(() => this.#clock.defer(decide), DOUBT_MS);
  }

  #replied(reply: Reply): void {
    if (!this.open) return;
    const exchange = this.#waiting[0];
    const index = exchange === undefined ? 0 : (reply.header.opaque - exchange.first) >>> 0;
    if (reply.header.magic !== 0x81 || exchange === undefined || index >= exchange.count) {
      this.#fail(new Error('the peer does not speak the binary protocol of memcached'));
      return;
    }
    exchange.take(index, reply);
    if (index === exchange.count - 1) {
      this.#waiting.shift();
      exchange.done(true);
    }
    this.#listener.heard();
  }

  #fail(cause: unknown): void {
    this.#cause ??= cause instanceof Error ? cause : new Error(String(cause));
    this.#socket.destroy();
  }

  #ended(): void {
    this.#handshake.cancel();
    this.#doubting?.cancel();
    for (const { done } of this.#waiting.splice(0)) done(false);
    this.#listener.lost(this.#cause);
  }
}
