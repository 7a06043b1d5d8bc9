import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createCache } from '@cache/core';
import { startRedis } from '@cache/servers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silences } from '../../redis-shared/test/silence.ts';
import { nodeRedisAdapter } from '../src/index.ts';

let peer: Server;
let url: string;
let greet: (socket: Socket) => void;
const sockets = new Set<Socket>();

beforeEach(async () => {
  greet = () => undefined;
  peer = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.resume();
    greet(socket);
  });
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  url = `redis://127.0.0.1:${(peer.address() as AddressInfo).port}`;
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  peer.close();
});

describe('a peer that accepts connections', () => {
  test('and is silent is left, and tried again', async () => {
    const adapter = nodeRedisAdapter({ url, stallTimeoutMs: 50 });
    let count = 0;
    const again = new Promise<void>((resolve) => {
      greet = () => {
        count += 1;
        if (count === 3) resolve();
      };
    });
    await again;
    await expect(adapter.connection.ready({ deadline: performance.now() + 120 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('did not answer within 50 ms'),
    });
    await adapter.close();
    await closed();
  });

  test('and is silent does not hold up close', async () => {
    const adapter = nodeRedisAdapter({ url, stallTimeoutMs: 60_000 });
    await once(peer, 'connection');
    await adapter.close();
    await closed();
  });

  test('and is closed before it could, leaves nothing', async () => {
    const adapter = nodeRedisAdapter({ url });
    await adapter.close();
    await closed();
  });

  test('and speaks something else is told as that', async () => {
    greet = (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    const adapter = nodeRedisAdapter({ url });
    await new Promise<void>((resolve) => {
      adapter.connection.on(({ kind }) => kind === 'error' && resolve());
    });
    await expect(adapter.connection.ready({ deadline: performance.now() + 300 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('does not speak the Redis protocol'),
    });
    await adapter.close();
    await closed();
  });
});

test('a server that owes an answer for too long loses its connection, and is connected to again', async () => {
  const server = await startRedis({ controllable: true });
  const adapter = nodeRedisAdapter({ url: server.url, stallTimeoutMs: 1000 });
  const cache = createCache({ adapter, timeout: '10s' });
  await cache.ready();
  const lost = new Promise((resolve) => {
    adapter.connection.on((event) => {
      if (event.kind === 'lost') resolve(event);
    });
  });
  await cache.set('key', 0);
  await server.freeze();
  await expect(cache.set('key', 1, { timeout: 100 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    outcome: 'unknown',
  });
  await lost;
  await server.thaw();
  await cache.ready();
  await cache.set('key', 2);
  expect(await cache.get('key')).toBe(2);
  await cache.close();
  await server.close();
});

silences(nodeRedisAdapter);

/** Settles once the peer has no connection any more. */
async function closed(): Promise<void> {
  // One that is on its way arrives within a turn or two.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await expect.poll(() => sockets.size).toBe(0);
}
