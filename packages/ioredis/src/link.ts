import type { ConnectSettings } from '@cache/core';
import {
  Debt,
  type Hear,
  type LinkEvent,
  LinkFailure,
  type RedisCommand,
  type RedisLink,
  type RedisReply,
} from '@cache/redis-shared';
import type { IoredisClient } from './client.ts';
import { boundGreeting } from './greeting.ts';
import { type Written, written } from './written.ts';

/** A link over a client that is ours alone and was made with `guardedOptions`. */
export class IoredisLink implements RedisLink {
  readonly endpoint: string;
  readonly #client: IoredisClient;
  readonly #settings: ConnectSettings;
  readonly #debt: Debt;
  #lost = true;
  #turn: Sending[] = [];

  /** @param hear what was published, where the client was made with `EAR` */
  constructor(client: IoredisClient, settings: ConnectSettings, hear?: Hear) {
    this.#client = client;
    this.#settings = settings;
    this.#debt = new Debt(
      settings.stallTimeoutMs,
      (cause) => client.stream?.destroy(cause),
      () => client.stream?.bytesRead,
    );
    if (hear !== undefined) {
      client.on('messageBuffer', (channel, message) => hear(String(channel), message as RedisReply));
    }
    const { path, host = 'localhost', port = 6379, sentinels, name, role } = client.options;
    const who = role === 'slave' ? 'a replica of' : 'the master';
    this.endpoint = sentinels ? `${who} ${name}` : (path ?? `${host}:${port}`);
  }

  get ready(): boolean {
    return this.#client.status === 'ready';
  }

  subscribe(listener: (event: LinkEvent) => void): void {
    boundGreeting(this.#client, this.#settings.connectTimeoutMs, (cause) =>
      listener({ kind: 'error', cause }),
    );
    this.#client.on('ready', () => {
      this.#lost = false;
      listener({ kind: 'ready' });
    });
    this.#client.on('close', () => {
      // ioredis tells of every failed attempt to connect again.
      if (!this.#lost) listener({ kind: 'lost' });
      this.#lost = true;
    });
    this.#client.on('error', (cause) => {
      // ioredis would go on in database 0.
      if (isWrongDatabase(cause)) this.#client.disconnect(true);
      listener({ kind: 'error', cause });
    });
  }

  send(commands: readonly RedisCommand[]): Promise<readonly RedisReply[]> {
    if (commands.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      if (this.#turn.length === 0) queueMicrotask(() => this.#flush());
      this.#turn.push({ commands, replies: new Array(commands.length), left: commands.length, resolve });
    });
  }

  ear(hear: Hear): IoredisLink {
    return new IoredisLink(this.#client.duplicate(EAR), this.#settings, hear);
  }

  async close(): Promise<void> {
    const client = this.#client;
    const open = client.status === 'ready' || client.status === 'connect' || client.status === 'connecting';
    const ended = open ? new Promise<void>((resolve) => client.on('end', () => resolve())) : undefined;
    this.#debt.end();
    client.disconnect();
    await ended;
  }

  /** What was handed over in one burst leaves in one write. */
  #flush(): void {
    const turn = this.#turn;
    this.#turn = [];
    const all = written(turn.flatMap(({ commands }) => commands));
    let at = 0;
    this.#debt.grow(all.length);
    for (const sending of turn) {
      for (let index = 0; index < sending.commands.length; index += 1, at += 1) {
        this.#hand(all[at] as Written, (reply) => {
          sending.replies[index] = reply;
          this.#debt.shrink();
          sending.left -= 1;
          if (sending.left === 0) sending.resolve(sending.replies);
        });
      }
    }
  }

  #hand(command: Written, take: (reply: RedisReply) => void): void {
    // Whose bytes another one carries is written nowhere, and only its reply is awaited.
    if (command.carries) this.#client.sendCommand(command);
    else this.#client.sendCommand(command, NOWHERE);
    command.promise.then(
      (reply) => take(reply as RedisReply),
      (error) => take(errorOf(error)),
    );
  }
}

/** What was handed over together and is answered together. */
interface Sending {
  readonly commands: readonly RedisCommand[];
  readonly replies: RedisReply[];
  left: number;
  resolve(replies: readonly RedisReply[]): void;
}

/** Of RESP 3 the driver keeps invalidations to itself. */
const EAR = { protocol: 2, autoResubscribe: false };

const NOWHERE = { write: (): boolean => true };

/** A reply's error as it is, a connection's as what became of the command. */
function errorOf(error: unknown): Error {
  if (error instanceof Error && error.name === 'ReplyError') return error;
  const sent = !(error instanceof Error && error.message.startsWith("Stream isn't writeable"));
  return new LinkFailure(sent, error);
}

function isWrongDatabase(cause: unknown): boolean {
  return cause instanceof Error && /^ERR (?:DB index|invalid DB)/.test(cause.message);
}
