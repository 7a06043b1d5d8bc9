import { createServer, type Socket } from 'node:net';

/**
 * Asks for a login as memcached does with -S, which the Debian packages cannot do without an installation of SASL, and
 * answers every other request, once logged in, by success without a body.
 */
export async function openLoginPeer(username: string, password: string) {
  const good = Buffer.from(`\0${username}\0${password}`);
  const answerTo = (request: Buffer, state: { in: boolean }): { status: number; body: Buffer } => {
    const opcode = request[1];
    const value = request.subarray(24 + request.readUInt16BE(2) + (request[4] ?? 0));
    if (opcode === 0x20) return { status: 0, body: Buffer.from('PLAIN') };
    if (opcode === 0x21) state.in = value.equals(good);
    return state.in
      ? { status: 0, body: Buffer.alloc(0) }
      : { status: 0x20, body: Buffer.from('Auth failure.') };
  };
  const server = createServer((socket: Socket) => {
    const state = { in: false };
    let left = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      left = Buffer.concat([left, chunk]);
      while (left.length >= 24 && left.length >= 24 + left.readUInt32BE(8)) {
        const request = left.subarray(0, 24 + left.readUInt32BE(8));
        left = left.subarray(request.length);
        const { status, body } = answerTo(request, state);
        const header = Buffer.alloc(24);
        header[0] = 0x81;
        header[1] = request[1] ?? 0;
        header.writeUInt16BE(status, 6);
        header.writeUInt32BE(body.length, 8);
        request.copy(header, 12, 12, 16);
        socket.write(Buffer.concat([header, body]));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { port, close: () => new Promise((resolve) => server.close(resolve)) };
}
