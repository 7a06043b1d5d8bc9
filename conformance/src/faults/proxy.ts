import { createServer, type Server, type Socket } from 'node:net';
import { type CutMoment, Fault, type FaultOptions } from './fault.ts';
import type { Direction } from './frame.ts';
import { Hold, type HoldOptions } from './hold.ts';
import { Link } from './link.ts';
import type { Match } from './passing.ts';
import type { Endpoint, Pace, Post } from './post.ts';
import type { Protocol } from './protocol.ts';
import { type Schedule, Timers } from './schedule.ts';
import { Sockets } from './sockets.ts';
import { History, type HistoryEntry, noStats, type ProxyStats } from './stats.ts';

const HOST = '127.0.0.1';

export interface ProxyOptions {
  /** The real server. */
  readonly target: Endpoint;
  readonly protocol: Protocol;
  /** Whether to keep `history`. Default false. */
  readonly record?: boolean;
  /** What `slow` measures its time by. Default: setTimeout. */
  readonly schedule?: Schedule;
}

/**
 * A TCP proxy in this process, in front of a real server, that understands the protocol well enough to do harm by
 * whole frames. A frame is forwarded when its last byte has arrived. A connection for which the server cannot be
 * reached is accepted and reset.
 *
 * Faults are looked through in the order in which they were set; the first that takes a frame has it. They see a
 * frame when it arrives, even if it then waits behind a held one.
 *
 * A swallowed request leaves a client of an ordered protocol one reply short: it takes the next reply for that of
 * the lost request. Cut such connections before using them again.
 */
export class FaultProxy implements AsyncDisposable {
  /** Bytes that were not of the protocol, matchers that threw: each also cut its connection. */
  readonly failures: unknown[] = [];
  readonly #post: Post & { stalled: boolean; swallowing: boolean; pace: Pace };
  readonly #history: History;
  readonly #links: Set<Link> = new Set();
  readonly #faults: Fault[] = [];
  #listener: Server | undefined;
  #port = 0;
  #accepted = 0;
  #closed = false;

  /** Use {@link openProxy}. */
  constructor({ target, protocol, record = false, schedule }: ProxyOptions) {
    this.#history = new History(record);
    this.#post = {
      // Field by field: what is given may be a server object whose address is behind getters.
      target: { host: target.host, port: target.port },
      protocol,
      sockets: new Sockets(),
      timers: new Timers(schedule),
      stats: noStats(),
      pace: {},
      stalled: false,
      swallowing: false,
      saw: (passing) => this.#history.add(passing),
      judge: (passing) => this.#faults.find((fault) => fault.takes(passing)),
      failed: (error) => this.failures.push(error),
      over: (link) => this.#links.delete(link),
    };
  }

  get host(): string {
    return HOST;
  }

  /** Chosen by the system, and kept through `refuse()`. */
  get port(): number {
    return this.#port;
  }

  /** What has arrived, oldest first, at most the last 10,000 frames; empty unless `record` was asked for. */
  get history(): readonly HistoryEntry[] {
    return this.#history.entries;
  }

  /** @param scheme without its colon: `redis`, `memcached`. */
  url(scheme: string): string {
    return `${scheme}://${HOST}:${this.#port}`;
  }

  /** A copy of the counters. */
  stats(): ProxyStats {
    return { ...this.#post.stats };
  }

  /** Puts the counters, except `open`, to 0 and forgets the history. Faults stay as they are. */
  reset(): void {
    Object.assign(this.#post.stats, { ...noStats(), open: this.#post.stats.open });
    this.#history.clear();
    for (const link of this.#links) link.endBurst();
  }

  /** Holds frames back until told what to do with them. */
  hold(match: Match, options: HoldOptions = {}): Hold {
    return this.#set(new Hold(match, options));
  }

  /** Swallows frames. Default direction: 'request'. */
  drop(
    match: Match,
    { direction = 'request', times = 1 }: FaultOptions & { direction?: Direction } = {},
  ): Fault {
    return this.#set(new Fault('drop', direction, match, times));
  }

  /**
   * Cuts a connection when a frame passes on it. Moments of a reply match replies, by the command they answer.
   *
   * - `before-request`: the server never sees it.
   * - `after-request`: RST to the client as soon as the request is forwarded, and FIN to the server, which applies it
   *   about now.
   * - `before-reply`: when the server has answered, so it has certainly been applied.
   * - `mid-reply`: after the first half of the reply's bytes. A client on libuv that finds them and the RST at once
   *   sees the end of the stream instead of ECONNRESET.
   */
  cutOn(match: Match, { when, times = 1 }: FaultOptions & { when: CutMoment }): Fault {
    const direction = when.endsWith('reply') ? 'reply' : 'request';
    return this.#set(new Fault(when, direction, match, times));
  }

  /** RST to both ends of every connection there is now. */
  cut(): void {
    for (const link of [...this.#links]) link.cut();
  }

  /** Half-closes every connection there is now: FIN to the client, or to the server; nothing else is changed. */
  fin({ towards = 'client' }: { towards?: 'client' | 'server' } = {}): void {
    for (const link of this.#links) link.fin(towards);
  }

  /**
   * From now on nothing passes in either direction, FIN and RST included; connections stay open and new ones are
   * accepted. What arrives is lost for good, or, with `buffer`, forwarded in order on `heal()`, as TCP would after a
   * break in the network. What was held before and is released now waits for `heal()` either way.
   */
  blackHole({ buffer = false }: { buffer?: boolean } = {}): void {
    this.#post.stalled = true;
    this.#post.swallowing = !buffer;
  }

  /** Ends `blackHole`. Whole frames only were lost, so what follows on a connection is well-formed. */
  heal(): void {
    this.#post.stalled = false;
    this.#post.swallowing = false;
    for (const link of this.#links) link.pump();
  }

  /** New connections get ECONNREFUSED; `cut` also cuts those that exist. */
  refuse({ cut = false }: { cut?: boolean } = {}): void {
    this.#listener?.close();
    this.#listener = undefined;
    if (cut) this.cut();
  }

  /** Listens again, on the same port. Rejects if somebody else has taken it, or after `close()`. */
  async accept(): Promise<void> {
    if (this.#closed) throw new Error('The proxy is closed');
    if (this.#listener !== undefined) return;
    const listener = createServer({ allowHalfOpen: true }, (client) => this.#connected(client));
    this.#listener = listener;
    try {
      await new Promise<void>((resolve, reject) => {
        listener.once('error', reject);
        listener.listen(this.#port, HOST, resolve);
      });
    } catch (error) {
      this.#listener = undefined;
      throw error;
    }
    listener.on('error', (error) => this.failures.push(error));
    const address = listener.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Slows replies down from now on; without arguments, no more. Those under way keep their pace. */
  slow(pace: Pace = {}): void {
    this.#post.pace = pace;
  }

  /** Destroys every socket, listener and timer; who waits for a frame is rejected. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    const listener = this.#listener;
    const deaf = new Promise<void>((resolve) => {
      if (listener?.listening) listener.once('close', resolve);
      else resolve();
    });
    this.refuse();
    this.#post.timers.clear();
    const error = new Error('The proxy was closed');
    for (const fault of this.#faults) fault.end(error);
    await Promise.all([this.#post.sockets.close(), deaf]);
    this.#post.timers.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #set<F extends Fault>(fault: F): F {
    this.#faults.push(fault);
    return fault;
  }

  #connected(client: Socket): void {
    const { stats } = this.#post;
    this.#accepted += 1;
    stats.connections += 1;
    stats.open += 1;
    client.on('close', () => {
      stats.open -= 1;
    });
    this.#links.add(new Link(this.#accepted, client, this.#post));
  }
}

/** Opens a {@link FaultProxy} and waits until it listens on a port of 127.0.0.1. */
export async function openProxy(options: ProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options);
  await proxy.accept();
  return proxy;
}
