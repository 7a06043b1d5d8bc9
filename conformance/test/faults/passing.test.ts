import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bench } from './setup.ts';

const { proxy: open, client: connect } = bench('redis');
const fresh = (): string => `faults:${randomUUID()}`;

describe('without faults', () => {
  test('what passes is unchanged, however large', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    const key = fresh();
    const value = 'v\r\n'.repeat(2_000_000);
    expect(await client.ask('SET', key, value)).toBe('+OK');
    expect(await client.ask('GET', key)).toBe(`$${value.length}\r\n${value}`);
    expect(await client.ask('DEL', key)).toBe(':1');
    expect(proxy.failures).toEqual([]);
  });

  test('a pipelined batch is one round trip, sequential calls are one each', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    client.send(['PING'], ['PING'], ['PING']);
    for (let i = 0; i < 3; i++) await client.reply();
    expect(proxy.stats()).toMatchObject({ connections: 1, open: 1, requests: 3, replies: 3, roundTrips: 1 });
    expect(proxy.stats()).toMatchObject({ bytesUp: 3 * 14, bytesDown: 3 * 7 });
    proxy.reset();
    for (let i = 0; i < 3; i++) await client.ask('PING');
    expect(proxy.stats()).toMatchObject({ connections: 0, open: 1, requests: 3, roundTrips: 3 });
    const hold = proxy.hold('PING', { direction: 'reply' });
    client.send(['PING']);
    await hold.held();
    proxy.reset();
    client.send(['ECHO', 'a']);
    await expect.poll(() => proxy.stats().requests).toBe(1);
    expect(proxy.stats().roundTrips).toBe(1);
  });

  test('history has what arrived, each reply under the command that it answers', async () => {
    const proxy = await open({ record: true });
    const client = await connect(proxy);
    client.send(['get', 'a'], ['ping']);
    await client.reply();
    await client.reply();
    const requests = proxy.history.filter(({ direction }) => direction === 'request');
    const replies = proxy.history.filter(({ direction }) => direction === 'reply');
    expect(requests.map(({ command }) => command)).toEqual(['GET', 'PING']);
    expect(replies.map(({ command }) => command)).toEqual(['GET', 'PING']);
    expect(proxy.url('redis')).toBe(`redis://127.0.0.1:${proxy.port}`);
  });

  test('a client that half-closes still gets its replies, then the end', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    client.send(['PING']);
    client.socket.end();
    expect(await client.reply()).toBe('+PONG');
    expect(await client.over).toBe('end');
  });

  test.each(['2', '3'])('RESP %s: messages are pushes, and replies stay paired', async (version) => {
    const proxy = await open({ record: true });
    const [client, other] = [await connect(proxy), await connect()];
    const channel = fresh();
    await client.ask('HELLO', version);
    client.send(['SUBSCRIBE', channel, `${channel}:2`]);
    await client.reply();
    await client.reply();
    const message = proxy.hold((passing) => passing.push && passing.command === 'MESSAGE', {
      direction: 'reply',
    });
    expect(await other.ask('PUBLISH', channel, 'hello')).toBe(':1');
    expect(String((await message.held()).args)).toBe(`${channel},hello`);
    const ping = proxy.hold('PING', { direction: 'reply' });
    client.send(['PING']);
    await ping.held();
    message.release();
    ping.release();
    expect(await client.reply()).toContain('hello');
    expect((await client.reply()).toUpperCase()).toContain('PONG');
    expect(proxy.stats()).toMatchObject({ pushes: 3, replies: 2 });
  });
});
