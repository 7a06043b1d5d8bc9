/** What a command is made of. A number is written by whoever makes the command, so that nothing is rounded silently. */
export type RedisArgument = string | Uint8Array;

/** The same as drivers take it: they have no use for other bytes than those of a `Buffer`. */
export function bufferOf(argument: RedisArgument): string | Buffer {
  if (typeof argument === 'string' || Buffer.isBuffer(argument)) return argument;
  return Buffer.from(argument.buffer, argument.byteOffset, argument.byteLength);
}

export type RedisCommand = readonly [name: string, ...args: RedisArgument[]];

/** One reply. Bulk strings are bytes, so that every byte survives; an error reply is an `Error`, not a rejection. */
export type RedisReply =
  | Uint8Array
  | string
  | number
  | bigint
  | null
  | undefined
  | Error
  | readonly RedisReply[];

export type LinkEvent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'lost'; readonly cause?: unknown }
  | { readonly kind: 'error'; readonly cause: unknown };

/**
 * Hears what was published. Must not throw.
 * @param message bytes; what a server tells by itself may be a list of them, or null
 */
export type Hear = (channel: string, message: RedisReply) => void;

/**
 * What a driver must offer: one connection to one server, which it opens, and opens again when lost, by itself.
 * It never resends a command and never queues one for a connection that is to come.
 */
export interface RedisLink {
  /** Where it leads, for events and messages; no credentials. */
  readonly endpoint: string;
  /** Whether commands may be handed over now. */
  readonly ready: boolean;
  /** The listener hears of every change. */
  subscribe(listener: (event: LinkEvent) => void): void;
  /**
   * Hands commands over, in order and in one write where the driver can. Replies are positional; a command whose
   * connection failed has a `LinkFailure` in its place. Must not throw or reject.
   */
  send(commands: readonly RedisCommand[]): Promise<readonly RedisReply[]>;
  /**
   * Another link to where this one leads, with the same options, but of RESP 2. It takes `subscribe` and `unsubscribe`
   * (by these names, with one channel, answered when the server has confirmed), subscribes to nothing by itself, and
   * while it is subscribed takes nothing else but PING.
   */
  ear(hear: Hear): RedisLink;
  /** Ends the connection for good. */
  close(): Promise<void>;
}

/** Stands for the reply of a command whose connection failed. */
export class LinkFailure extends Error {
  /** Whether the command may have reached the server. */
  readonly sent: boolean;

  constructor(sent: boolean, cause: unknown) {
    super('the connection failed', { cause });
    this.sent = sent;
  }
}
