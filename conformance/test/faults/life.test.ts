import { describe, expect, test } from 'vitest';
import { openProxy } from '../../src/faults/proxy.ts';
import { bench } from './setup.ts';
import { wire } from './wire-client.ts';

const { proxy: open, client: connect, server } = bench('redis');

describe('life', () => {
  test('bytes that are not of the protocol, and matchers that throw, cut the connection and are kept', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    client.socket.write('*1\r\n:1\r\n');
    expect(await client.over).toBe('ECONNRESET');
    expect(String(proxy.failures[0])).toContain('FrameError');
    const other = await connect(proxy);
    proxy.drop(() => {
      throw new Error('careless');
    });
    other.send(['PING']);
    expect(await other.over).toBe('ECONNRESET');
    expect(String(proxy.failures[1])).toContain('careless');
  });

  test('a server that is not there is a reset', async () => {
    const proxy = await openProxy({ target: { host: '127.0.0.1', port: 1 }, protocol: 'raw' });
    const client = await wire(proxy);
    expect(await client.over).toBe('ECONNRESET');
    await proxy.close();
  });

  test('raw: chunks pass', async () => {
    const proxy = await open({ protocol: 'raw' });
    const client = await connect(proxy);
    client.socket.write('*1\r\n$4\r\nPI');
    await expect.poll(() => proxy.stats().requests).toBe(1);
    client.socket.write('NG\r\n');
    expect(await client.reply()).toBe('+PONG');
    expect(proxy.stats()).toMatchObject({ requests: 2, replies: 1, roundTrips: 1 });
  });

  test('closing leaves no socket, listener or timer, whatever is held, slow or lost', async () => {
    const count = (): number =>
      process.getActiveResourcesInfo().filter((name) => /^(TCPS|TCPServer|TCPSocket)/.test(name)).length;
    // The sockets of earlier tests may still be closing.
    await expect.poll(count).toBe(0);
    const { host, port } = server();
    const proxy = await openProxy({ target: { host, port }, protocol: 'resp' });
    const hold = proxy.hold('SET', { times: 9 });
    const clients = await Promise.all(Array.from({ length: 5 }, () => wire(proxy)));
    for (const client of clients) client.send(['SET', 'a', 'b']);
    await hold.held(5);
    expect(count()).toBeGreaterThanOrEqual(15);
    proxy.blackHole();
    await proxy.close();
    await proxy.close();
    await Promise.all(clients.map((client) => client.over));
    await expect.poll(count).toBe(0);
    expect(proxy.stats().open).toBe(0);
  });
});
