import { type ConnectSettings, reconnectDelay } from '@cache/core';
import { Connection } from './connection.ts';
import type { ConnectionSource } from './connection-source.ts';
import { isReplicaRefusal } from './failure.ts';
import {
  type Hear,
  type LinkEvent,
  LinkFailure,
  type RedisCommand,
  type RedisLink,
  type RedisReply,
} from './link.ts';

/** A link that makes itself one connection after the other, for a driver whose own reconnecting is not to be used. */
export class RenewedLink implements RedisLink {
  readonly #source: ConnectionSource;
  readonly #settings: ConnectSettings;
  readonly #hear: Hear | undefined;
  readonly #running: Promise<void>;
  readonly #stopped: Promise<void>;
  readonly #unwatch: (() => void) | undefined;
  #stop: () => void = () => undefined;
  #closed = false;
  #connection: Connection | undefined;
  #listener: (event: LinkEvent) => void = () => undefined;

  /** @param hear what is published; its connections are of RESP 2 */
  constructor(source: ConnectionSource, settings: ConnectSettings, hear?: Hear) {
    this.#hear = hear;
    this.#source = source;
    this.#settings = settings;
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    this.#unwatch = source.watch?.((cause) => this.#connection?.end(cause));
    this.#running = this.#run();
  }

  get endpoint(): string {
    return this.#source.endpoint;
  }

  get ready(): boolean {
    return this.#connection?.usable === true;
  }

  subscribe(listener: (event: LinkEvent) => void): void {
    this.#listener = listener;
  }

  async send(commands: readonly RedisCommand[]): Promise<readonly RedisReply[]> {
    const connection = this.#connection;
    if (!connection?.usable) {
      return commands.map(() => new LinkFailure(false, new Error('there is no connection')));
    }
    const replies = await connection.send(commands);
    // A replica now, after a failover: the next connection may lead to the master. Once all replies at hand are told.
    const refusal = this.#source.watch === undefined ? undefined : replies.find(isReplicaRefusal);
    if (refusal !== undefined) setImmediate(() => connection.end(refusal));
    return replies;
  }

  ear(hear: Hear): RenewedLink {
    return new RenewedLink(this.#source, this.#settings, hear);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    this.#unwatch?.();
    this.#connection?.end(new Error('the adapter was closed'));
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#closed) {
      try {
        const connection = await this.#open();
        if (connection === undefined) return;
        failures = 0;
        this.#listener({ kind: 'ready' });
        this.#listener({ kind: 'lost', cause: await connection.ended });
      } catch (cause) {
        if (!this.#closed) this.#listener({ kind: 'error', cause });
        failures += 1;
      }
      await this.#pause(reconnectDelay(this.#settings, failures));
    }
  }

  /** A connection that can be used; undefined once closed. */
  async #open(): Promise<Connection | undefined> {
    const making = this.#source.client(this.#settings, this.#hear);
    const client = await Promise.race([making, this.#stopped]);
    if (client === undefined || this.#closed) return undefined;
    const connection = new Connection(client, this.#settings);
    this.#connection = connection;
    await connection.open();
    return connection;
  }

  async #pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([over, this.#stopped]);
    clearTimeout(timer);
  }
}
