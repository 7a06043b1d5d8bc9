import type { Socket } from 'node:net';
import type { Clock, ConnectSettings, Timer } from '@cache/core';
import {
  type LinkListener,
  type MemcachedLink,
  type MemcachedReply,
  type MemcachedRequest,
  NOOP,
} from '@cache/memcached-shared';
import type { MemjsMessage, MemjsServer } from './client.ts';
import { written } from './written.ts';

/** Requests that were sent together. The server answers in order, so only the first of the waiting ones is answered. */
interface Exchange {
  readonly first: number;
  readonly count: number;
  take(index: number, reply: MemcachedReply): void;
  done(whole: boolean): void;
}

/** How long a silence may be doubted. */
const DOUBT_MS = 50;

/**
 * A link over a `Server` of memjs that is ours alone and has not connected yet. It would open another connection by
 * itself when its own is lost, but keeps half a reply of the old one, and never tells requests that wait for the other
 * half; so each link has a `Server` of its own, whose socket is watched here.
 */
export class MemjsLink implements MemcachedLink {
  readonly #socket: Socket;
  readonly #listener: LinkListener;
  readonly #clock: Clock;
  readonly #stallTimeoutMs: number;
  readonly #waiting: Exchange[] = [];
  readonly #handshake: Timer;
  readonly #over: Promise<void>;
  #opaque = 0;
  #corked = false;
  #doubting: Timer | undefined;
  #cause: unknown;

  constructor(server: MemjsServer, settings: ConnectSettings, clock: Clock, listener: LinkListener) {
    this.#listener = listener;
    this.#clock = clock;
    this.#stallTimeoutMs = settings.stallTimeoutMs;
    server.respond = (message) => this.#replied(message);
    // memjs tells of errors by the number of a request; this one stands for the connection.
    server.onError(-1, (cause) => this.#fail(cause));
    server.sock(false, () => this.#connected());
    const { _socket: socket } = server;
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

  send(requests: readonly MemcachedRequest[], take: Exchange['take']): Promise<boolean> {
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
      for (const piece of written(requests, first)) this.#socket.write(piece);
    });
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  get cause(): unknown {
    return this.#cause;
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return this.#over;
  }

  #connected(): void {
    // A server that is frozen accepts connections, and one that wants a login refuses by its first answer.
    void this.send([NOOP], () => {}).then((whole) => {
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

  #replied({ header, key, extras, val: value }: MemjsMessage): void {
    if (!this.open) return;
    const exchange = this.#waiting[0];
    const index = exchange === undefined ? 0 : (header.opaque - exchange.first) >>> 0;
    if (header.magic !== 0x81 || exchange === undefined || index >= exchange.count) {
      this.#fail(new Error('the peer does not speak the binary protocol of memcached'));
      return;
    }
    exchange.take(index, { status: header.status, cas: header.cas, key, extras, value });
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
