import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bench } from './setup.ts';

const { proxy: open, client: connect } = bench('redis');
const fresh = (): string => `faults:${randomUUID()}`;

describe('drop', () => {
  test('swallows requests and replies', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    const key = fresh();
    const dropped = proxy.drop('SET');
    client.send(['SET', key, '1'], ['GET', key]);
    expect(await client.reply()).toBe('$-1');
    expect(String((await dropped.hit()).args[1])).toBe('1');
    proxy.drop('SET', { direction: 'reply' });
    client.send(['SET', key, '2'], ['GET', key]);
    expect(await client.reply()).toBe('$1\r\n2');
  });

  test('does so until it is stopped', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    const dropped = proxy.drop('PING', { times: Number.POSITIVE_INFINITY });
    client.send(['PING'], ['PING'], ['ECHO', 'a']);
    expect(await client.reply()).toBe('$1\r\na');
    dropped.stop();
    expect(await client.ask('PING')).toBe('+PONG');
    expect(dropped.count).toBe(2);
  });
});

describe('cut', () => {
  test('resets both ends of what exists, and nothing else', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    await client.ask('PING');
    proxy.cut();
    expect(await client.over).toBe('ECONNRESET');
    expect(await (await connect(proxy)).ask('PING')).toBe('+PONG');
  });

  test('also ends what is half closed at that moment', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    await client.ask('PING');
    proxy.fin({ towards: 'server' });
    proxy.cut();
    expect(await client.over).toBe('ECONNRESET');
    await expect.poll(() => proxy.stats().open).toBe(0);
    await proxy.close();
  });

  test('before a request: the server never sees it', async () => {
    const proxy = await open();
    const [client, direct] = [await connect(proxy), await connect()];
    const key = fresh();
    const cut = proxy.cutOn('INCR', { when: 'before-request' });
    client.send(['SET', key, '1'], ['INCR', key], ['INCR', key]);
    await cut.hit();
    expect(await client.over).toBe('ECONNRESET');
    expect(await (await connect(proxy)).ask('PING')).toBe('+PONG');
    expect(await direct.ask('GET', key)).not.toContain('2');
    expect(proxy.stats().requests).toBe(2);
  });

  test.each(['after-request', 'before-reply'] as const)(
    '%s: applied, and the client does not know',
    async (when) => {
      const proxy = await open();
      const [client, direct] = [await connect(proxy), await connect()];
      const key = fresh();
      await client.ask('SET', key, '1');
      const cut = proxy.cutOn('INCR', { when });
      client.send(['INCR', key], ['SET', `${key}:behind`, '1']);
      await cut.hit();
      expect(await client.over).toBe('ECONNRESET');
      expect(client.text).toBe('+OK\r\n');
      // Redis reads connections in the order in which they become readable.
      await expect.poll(() => direct.ask('GET', key)).toBe('$1\r\n2');
      if (when === 'after-request') expect(proxy.stats().requests).toBe(2);
      if (when === 'after-request') expect(await direct.ask('GET', `${key}:behind`)).toBe('$-1');
    },
  );

  test('mid-reply: the first half arrives', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    proxy.cutOn('ECHO', { when: 'mid-reply' });
    client.send(['ECHO', 'abcdefgh']);
    // libuv reports an RST that it finds together with data as the end.
    expect(['ECONNRESET', 'end']).toContain(await client.over);
    expect(client.text).toBe('$8\r\nabc');
  });
});

describe('fin', () => {
  test('ends the direction to the client only', async () => {
    const proxy = await open();
    const [client, direct] = [await connect(proxy), await connect()];
    client.socket.allowHalfOpen = true;
    const key = fresh();
    await client.ask('PING');
    const set = proxy.hold('SET', { direction: 'reply' });
    proxy.fin();
    expect(await client.over).toBe('end');
    client.send(['SET', key, '1']);
    await set.held();
    expect(await direct.ask('GET', key)).toBe('$1\r\n1');
  });

  test('to the server: it closes, which the client sees', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    await client.ask('PING');
    proxy.fin({ towards: 'server' });
    expect(await client.over).toBe('end');
  });
});
