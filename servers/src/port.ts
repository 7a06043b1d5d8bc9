import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port of 127.0.0.1 that nobody else is given while it is held. */
export interface Port {
  readonly number: number;
  release(): void;
}

/**
 * Reserves a port that the system chooses.
 *
 * The port is held by a connection that leaves from it. On Linux such a port refuses connections, is not given
 * to anybody who asks for a free one, and yet a server that sets SO_REUSEADDR (all do) can listen on it: so
 * nobody comes between choosing a port and listening on it, or between `kill` and `restart`. Other systems may
 * refuse the server its port, there it is released at once.
 */
export async function reservePort(): Promise<Port> {
  const server = await listener();
  const socket = await new Promise<Socket>((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const outgoing = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.1' });
    outgoing.once('error', reject);
    outgoing.once('connect', () => resolve(outgoing));
  }).finally(() => server.unref());
  socket.on('error', () => {});
  socket.unref();
  const port: Port = { number: socket.localPort as number, release: () => socket.resetAndDestroy() };
  if (process.platform !== 'linux') port.release();
  return port;
}

let listening: Promise<Server> | undefined;

/** The one listener of this process to which the holding connections go. */
async function listener(): Promise<Server> {
  listening ??= new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.unref();
    });
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
  const server = await listening;
  server.ref();
  return server;
}
