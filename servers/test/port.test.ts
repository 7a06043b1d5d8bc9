import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { reservePort } from '../src/port.ts';
import { converse } from '../src/wire.ts';

test('a reserved port refuses connections, and a server can listen on it', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, reservePort));
  expect(new Set(ports.map((port) => port.number)).size).toBe(20);
  const number = ports[0]?.number ?? 0;
  const to = { host: '127.0.0.1', port: number };
  await expect(converse(to, '', () => '', 1000)).rejects.toThrow('ECONNREFUSED');
  const server = createServer((socket) => socket.end('hello'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(number, '127.0.0.1', resolve);
  });
  expect(await converse(to, '', (text) => text, 1000)).toBe('hello');
  server.close();
  for (const port of ports) port.release();
});
