import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { bench } from './setup.ts';

const { proxy: open, client: connect } = bench('redis');
const fresh = (): string => `faults:${randomUUID()}`;

describe('hold', () => {
  test('holds what is behind it on its connection, not other connections, and releases in order', async () => {
    const proxy = await open();
    const [client, other] = [await connect(proxy), await connect(proxy)];
    const key = fresh();
    const hold = proxy.hold(({ command, args }) => command === 'SET' && String(args[0]) === key);
    client.send(['SET', key, '1'], ['GET', key]);
    expect(String((await hold.held()).args[1])).toBe('1');
    expect(await other.ask('GET', key)).toBe('$-1');
    expect(proxy.stats().requests).toBe(1);
    hold.release();
    expect([await client.reply(), await client.reply()]).toEqual(['+OK', '$1\r\n1']);
    expect([hold.count, hold.holding]).toEqual([1, 0]);
    expect(await client.ask('SET', key, '2')).toBe('+OK');
  });

  test('catches as often as it was told, also behind one already held', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    const hold = proxy.hold('INCR', { times: 2 });
    const key = fresh();
    client.send(['INCR', key], ['INCR', key], ['INCR', key]);
    await hold.held(2);
    hold.drop();
    expect(await client.reply()).toBe(':1');
  });

  test('lets others overtake when asked to', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    const key = fresh();
    const hold = proxy.hold('SET', { overtake: true });
    client.send(['SET', key, 'late'], ['GET', key]);
    expect(await client.reply()).toBe('$-1');
    hold.release();
    expect(await client.reply()).toBe('+OK');
  });

  test('releases in the order caught what was overtaken', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    const key = fresh();
    const hold = proxy.hold('APPEND', { overtake: true, times: 2 });
    client.send(['APPEND', key, 'a'], ['APPEND', key, 'b'], ['PING']);
    expect(await client.reply()).toBe('+PONG');
    hold.release();
    expect([await client.reply(), await client.reply()]).toEqual([':1', ':2']);
    expect(await client.ask('GET', key)).toBe('$2\r\nab');
  });

  test('holds replies: the server has done it, the client does not know', async () => {
    const proxy = await open();
    const [client, direct] = [await connect(proxy), await connect()];
    const key = fresh();
    const hold = proxy.hold('SET', { direction: 'reply' });
    client.send(['SET', key, '1'], ['PING']);
    await hold.held();
    expect(await direct.ask('GET', key)).toBe('$1\r\n1');
    expect(client.text).toBe('');
    hold.release();
    expect([await client.reply(), await client.reply()]).toEqual(['+OK', '+PONG']);
  });

  test('a held request is delivered after its client has gone and come back', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    const key = fresh();
    const hold = proxy.hold('SET');
    client.send(['SET', key, 'old']);
    await hold.held();
    client.socket.end();
    expect(await client.over).toBe('end');
    hold.release();
    expect(hold.holding).toBe(1);
    const again = await connect(proxy);
    expect(await again.ask('SET', key, 'new')).toBe('+OK');
    await hold.deliver();
    expect(await again.ask('GET', key)).toBe('$3\r\nold');
    expect(proxy.stats().connections).toBe(2);
  });

  test('... and after both of its connections are lost, by a new one', async () => {
    const proxy = await open();
    const [client, direct] = [await connect(proxy), await connect()];
    const key = fresh();
    const hold = proxy.hold('APPEND', { times: 2 });
    client.send(['APPEND', key, 'a'], ['APPEND', key, 'b'], ['APPEND', key, 'lost']);
    await hold.held(2);
    proxy.cut();
    expect(await client.over).toBe('ECONNRESET');
    await hold.deliver();
    expect(await direct.ask('GET', key)).toBe('$2\r\nab');
  });

  test('dropping what is held lets the rest go, and ends a connection whose client has gone', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    const direct = await connect();
    const key = fresh();
    const hold = proxy.hold('SET');
    client.send(['SET', key, '1'], ['APPEND', key, '2']);
    await hold.held();
    const answered = proxy.hold('APPEND', { direction: 'reply' });
    client.socket.end();
    await client.over;
    hold.drop();
    await answered.held();
    expect(await direct.ask('GET', key)).toBe('$1\r\n2');
  });

  test('late delivery resolves only when the server has answered', async () => {
    let answered = false;
    const deaf = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', async () => {
        // As long as it takes others to come and go.
        await (await connect()).ask('PING');
        answered = true;
        socket.write('+OK\r\n');
      });
    });
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const address = deaf.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    const proxy = await open({ target: { host: '127.0.0.1', port: address.port } });
    const client = await connect(proxy);
    const hold = proxy.hold('SET');
    client.send(['SET', 'a', 'b']);
    await hold.held();
    proxy.cut();
    await hold.deliver();
    expect(answered).toBe(true);
    deaf.close();
  });

  test('delivery rejects when the server is not there; closing rejects who waits', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const address = gone.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    gone.on('connection', (socket) => socket.on('error', () => {}));
    const proxy = await open({ target: { host: '127.0.0.1', port: address.port } });
    const client = await connect(proxy);
    const hold = proxy.hold('SET');
    client.send(['SET', 'a', 'b']);
    await hold.held();
    proxy.cut();
    gone.close();
    await expect(hold.deliver()).rejects.toThrow('ECONNREFUSED');
    const waiting = hold.held(2);
    await proxy.close();
    await expect(waiting).rejects.toThrow('closed');
    await expect(proxy.accept()).rejects.toThrow('closed');
  });
});
