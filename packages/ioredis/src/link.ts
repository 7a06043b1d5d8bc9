import {
  type LinkEvent,
  LinkFailure,
  type RedisArgument,
  type RedisCommand,
  type RedisLink,
  type RedisReply,
} from '@cache/redis-shared';
import type { IoredisClient } from './client.ts';

/** A link over a client that is ours alone and was made with `guardedOptions`. */
export class IoredisLink implements RedisLink {
  readonly endpoint: string;
  readonly #client: IoredisClient;
  #lost = true;

  constructor(client: IoredisClient) {
    this.#client = client;
    const { path, host = 'localhost', port = 6379, sentinels, name } = client.options;
    this.endpoint = sentinels ? `the master ${name}` : (path ?? `${host}:${port}`);
  }

  get ready(): boolean {
    return this.#client.status === 'ready';
  }

  subscribe(listener: (event: LinkEvent) => void): void {
    this.#client.on('ready', () => {
      this.#lost = false;
      listener({ kind: 'ready' });
    });
    this.#client.on('close', () => {
      // ioredis tells of every failed attempt to connect again.
      if (!this.#lost) listener({ kind: 'lost' });
      this.#lost = true;
    });
    this.#client.on('error', (cause) => listener({ kind: 'error', cause }));
  }

  async send(commands: readonly RedisCommand[]): Promise<readonly RedisReply[]> {
    const [only] = commands;
    if (commands.length === 1 && only !== undefined) return [await this.#sendOne(only)];
    const pipeline = this.#client.pipeline();
    for (const [name, ...args] of commands) pipeline.callBuffer(name, ...args.map(asBuffer));
    try {
      const results = await pipeline.exec();
      return commands.map((_command, index) => {
        const [error, reply] = results?.[index] ?? [new Error('no result')];
        return error === null ? (reply as RedisReply) : errorOf(error);
      });
    } catch (error) {
      return commands.map(() => errorOf(error));
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    const open = client.status === 'ready' || client.status === 'connect' || client.status === 'connecting';
    const ended = open ? new Promise<void>((resolve) => client.on('end', () => resolve())) : undefined;
    client.disconnect();
    await ended;
  }

  async #sendOne([name, ...args]: RedisCommand): Promise<RedisReply> {
    try {
      return (await this.#client.callBuffer(name, ...args.map(asBuffer))) as RedisReply;
    } catch (error) {
      return errorOf(error);
    }
  }
}

function asBuffer(argument: RedisArgument): string | Buffer {
  if (typeof argument === 'string' || Buffer.isBuffer(argument)) return argument;
  return Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength);
}

/** A reply's error as it is, a connection's as what became of the command. */
function errorOf(error: unknown): Error {
  if (error instanceof Error && error.name === 'ReplyError') return error;
  const sent = !(error instanceof Error && error.message.startsWith("Stream isn't writeable"));
  return new LinkFailure(sent, error);
}
