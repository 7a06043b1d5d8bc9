import { describe, expect, test } from 'vitest';
import { bench } from './setup.ts';
import { wire } from './wire-client.ts';

const { proxy: open, client: connect } = bench('redis');

describe('black hole', () => {
  test('loses what arrives, keeps and accepts connections, forwards nothing after healing', async () => {
    const proxy = await open({ record: true });
    const client = await connect(proxy);
    await client.ask('PING');
    proxy.blackHole();
    const other = await connect(proxy);
    client.send(['ECHO', 'a']);
    other.send(['ECHO', 'b']);
    await expect.poll(() => proxy.history.filter(({ command }) => command === 'ECHO').length).toBe(2);
    proxy.heal();
    expect([await client.ask('PING'), await other.ask('PING')]).toEqual(['+PONG', '+PONG']);
    expect([client.text, other.text]).toEqual(['+PONG\r\n+PONG\r\n', '+PONG\r\n']);
  });

  test('loses whole frames only', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    await client.ask('PING');
    client.socket.write('*2\r\n$4\r\nECHO\r\n$1');
    proxy.blackHole();
    proxy.heal();
    client.socket.write('\r\na\r\n');
    expect(await client.reply()).toBe('$1\r\na');
  });

  test('buffers when asked to, the end of the stream included', async () => {
    const proxy = await open({ record: true });
    const client = await connect(proxy);
    await client.ask('PING');
    proxy.blackHole({ buffer: true });
    client.send(['ECHO', 'a'], ['QUIT']);
    client.socket.end();
    await expect.poll(() => proxy.history.at(-1)?.command).toBe('QUIT');
    expect(proxy.stats().requests).toBe(1);
    proxy.heal();
    expect([await client.reply(), await client.reply()]).toEqual(['$1\r\na', '+OK']);
  });
});

describe('refuse', () => {
  test('refuses new connections, keeps old ones, and accepts again on its port', async () => {
    const proxy = await open();
    const client = await connect(proxy);
    await client.ask('PING');
    const { port } = proxy;
    proxy.refuse();
    await expect(wire(proxy)).rejects.toThrow('ECONNREFUSED');
    expect(await client.ask('PING')).toBe('+PONG');
    proxy.refuse({ cut: true });
    expect(await client.over).toBe('ECONNRESET');
    await proxy.accept();
    expect(proxy.port).toBe(port);
    expect(await (await connect(proxy)).ask('PING')).toBe('+PONG');
  });
});

describe('slow', () => {
  /** Timers that fire when told to. */
  function clock() {
    const due: { ms: number; run: () => void }[] = [];
    const schedule = (run: () => void, ms: number) => {
      const timer = { ms, run };
      due.push(timer);
      return () => {
        if (due.includes(timer)) due.splice(due.indexOf(timer), 1);
      };
    };
    return { due, schedule, tick: () => due.shift()?.run() };
  }

  test('latency delays each reply and keeps their order', async () => {
    const { due, schedule, tick } = clock();
    const proxy = await open({ schedule });
    const client = await connect(proxy);
    proxy.slow({ latencyMs: 50 });
    client.send(['ECHO', 'a'], ['ECHO', 'b']);
    await expect.poll(() => due.map(({ ms }) => ms)).toEqual([50, 50]);
    const [first] = due.splice(0, 1);
    tick();
    expect(proxy.stats().replies).toBe(0);
    first?.run();
    expect([await client.reply(), await client.reply()]).toEqual(['$1\r\na', '$1\r\nb']);
    proxy.slow();
    expect(await client.ask('PING')).toBe('+PONG');
  });

  test('a rate lets a reply trickle', async () => {
    const { due, schedule, tick } = clock();
    const proxy = await open({ schedule });
    const client = await connect(proxy);
    proxy.slow({ bytesPerSecond: 100 });
    client.send(['ECHO', 'abcdef'], ['PING']);
    await expect.poll(() => due.map(({ ms }) => ms)).toEqual([50]);
    tick();
    await client.when(() => client.text === '$6\r\na');
    expect(due).toHaveLength(1);
    while (due.length > 0) tick();
    expect([await client.reply(), await client.reply()]).toEqual(['$6\r\nabcdef', '+PONG']);
  });

  test('closing calls the timers off', async () => {
    const { due, schedule } = clock();
    const proxy = await open({ schedule });
    const client = await connect(proxy);
    proxy.slow({ latencyMs: 50 });
    client.send(['PING']);
    await expect.poll(() => due.length).toBe(1);
    await proxy.close();
    expect(due).toEqual([]);
  });
});
