import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where to connect to, and how. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** TLS; `ca` is the certificate to trust, the system's own list if it is empty. */
  readonly tls?: { readonly ca?: string };
}

/**
 * Sends a text over a connection of its own and gives `done`'s first result other than `undefined` for what
 * came back. Rejects when the connection fails, ends early, or the time is over.
 */
export function converse<T>(
  to: Address,
  text: string | Buffer,
  done: (reply: string) => T | undefined,
  ms: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const { host, port } = to;
    const socket = to.tls
      ? connectTls({ host, port, ...(to.tls.ca ? { ca: to.tls.ca } : {}) })
      : connect({ host, port });
    let reply = '';
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(new Error(`${host}:${port} did not answer within ${ms} ms`)), ms);
    socket.setEncoding('latin1');
    socket.on('error', fail);
    socket.on('close', () => fail(new Error(`${host}:${port} closed the connection`)));
    socket.on('data', (chunk: string) => {
      reply += chunk;
      try {
        const value = done(reply);
        if (value === undefined) return;
        clearTimeout(timer);
        socket.destroy();
        resolve(value);
      } catch (error) {
        fail(error as Error);
      }
    });
    socket.write(text);
  });
}
