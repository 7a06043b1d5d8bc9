import type { Socket } from 'node:net';

/*
 * The parts of memjs that are used here, as structural types: no published declaration imports the driver, so that any
 * copy and any version with these shapes fits.
 */

/** What `Client.create` gives. */
export interface MemjsClient {
  readonly servers: readonly {
    readonly host: string;
    readonly port: number | string;
    readonly username?: string | undefined;
    readonly password?: string | undefined;
  }[];
}

/** What `new Server` gives: it connects, logs in and cuts what arrives into messages. */
export interface MemjsServer {
  username: string | undefined;
  password: string | undefined;
  /** What has arrived beyond the last whole message. */
  responseBuffer: Buffer;
  /** There as soon as `sock` was called. */
  readonly _socket?: Socket;
  /** Connects and calls back once requests are taken. */
  sock(sasl: boolean, go: (socket: Socket) => void): void;
  onError(seq: number, hear: (cause: unknown) => void): void;
  /** Called with each chunk, answers what is to be cut into messages. */
  appendToBuffer(chunk: Buffer): Buffer;
  /** Called with each message that is not part of the login. */
  respond(message: MemjsMessage): void;
}

/** One message of the server; its parts are views of what was received. */
export interface MemjsMessage {
  readonly header: {
    readonly magic: number;
    readonly status: number;
    readonly opaque: number;
    readonly cas: Buffer;
  };
  readonly key: Buffer;
  readonly extras: Buffer;
  readonly val: Buffer;
}

/**
 * What our own `Server` is made with. Its timeouts are an hour: the deadlines are ours, and upon its own it ends the
 * socket politely, which never comes to an end in a black hole.
 */
export function guardedOptions(keepAliveMs: number): Record<string, unknown> {
  return {
    timeout: 3600,
    conntimeout: 3600,
    keepAlive: keepAliveMs > 0,
    keepAliveDelay: keepAliveMs / 1000,
  };
}
