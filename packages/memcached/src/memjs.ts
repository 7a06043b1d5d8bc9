import type { Socket } from 'node:net';
import { Server } from 'memjs';

/** One message of the server as memjs parses it; its parts are views of what was received. */
export interface Reply {
  readonly header: {
    readonly magic: number;
    readonly opcode: number;
    readonly status: number;
    readonly opaque: number;
    readonly cas: Buffer;
    readonly keyLength: number;
  };
  readonly key: Buffer;
  readonly extras: Buffer;
  readonly val: Buffer;
}

/** The part of memjs' `Server` that is used here: it connects, logs in and cuts what arrives into messages. */
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
  respond(reply: Reply): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** A `Server` of memjs that has not connected yet, and connects once. */
export function memjsServer({ host, port, username, password }: Address, keepAliveMs: number): MemjsServer {
  // An hour: the deadlines are ours. Its own end the socket politely, which never comes to an end in a black hole.
  const options = {
    timeout: 3600,
    conntimeout: 3600,
    keepAlive: keepAliveMs > 0,
    keepAliveDelay: keepAliveMs / 1000,
  };
  const server = new Server(host, port, username, password, options) as unknown as MemjsServer;
  // It takes credentials from the environment otherwise, and would send them to whatever server.
  server.username = username;
  server.password = password;
  server.appendToBuffer = joinOnce(server);
  return server;
}

const NOTHING = Buffer.alloc(0);
const HEADER_BYTES = 24;

/**
 * Joins chunks when a message is whole. The driver's own copies everything it holds with every chunk, so that the cost
 * of a large value grows with the square of its size.
 */
function joinOnce(server: MemjsServer): MemjsServer['appendToBuffer'] {
  let chunks: Buffer[] = [];
  let size = 0;
  let needed = HEADER_BYTES;
  return (chunk) => {
    if (chunks.length === 0 && server.responseBuffer.length > 0) {
      chunks.push(server.responseBuffer);
      size = server.responseBuffer.length;
    }
    chunks.push(chunk);
    size += chunk.length;
    if (size < needed) return NOTHING;
    const joined = chunks.length === 1 ? chunk : Buffer.concat(chunks, size);
    needed = HEADER_BYTES + joined.readUInt32BE(8);
    if (size < needed) {
      chunks = [joined];
      return NOTHING;
    }
    chunks = [];
    size = 0;
    needed = HEADER_BYTES;
    server.responseBuffer = joined;
    return joined;
  };
}
