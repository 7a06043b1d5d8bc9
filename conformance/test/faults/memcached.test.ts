import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { bench } from './setup.ts';
import { packet } from './wire-client.ts';

const [GET, SET, NOOP, STAT, GETKQ, SETQ] = [0x00, 0x01, 0x0a, 0x10, 0x0d, 0x11];
const EXTRAS = '\0'.repeat(8);
const { proxy: open, client: connect } = bench('memcached');
const fresh = (): string => `faults:${randomUUID()}`;

test('a quiet multi-get is one round trip, its replies are paired by opcode, opaque and key', async () => {
  const proxy = await open({ record: true });
  const client = await connect(proxy);
  const [a, b, c] = [fresh(), fresh(), fresh()];
  client.socket.write(Buffer.concat([packet(SET, 1, a, 'A', EXTRAS), packet(SET, 2, c, 'C', EXTRAS)]));
  await client.frame();
  await client.frame();
  proxy.reset();
  const hold = proxy.hold(({ command, args }) => command === 'GETKQ' && String(args[0]) === c, {
    direction: 'reply',
  });
  client.socket.write(Buffer.concat([...[a, b, c].map((key) => packet(GETKQ, 7, key)), packet(NOOP, 7)]));
  expect((await client.frame()).args.map(String)).toEqual([a, 'A']);
  expect(String((await hold.held()).frame.args[1])).toBe('C');
  hold.release();
  expect((await client.frame()).args.map(String)).toEqual([c, 'C']);
  expect((await client.frame()).command).toBe('NOOP');
  expect(proxy.stats()).toMatchObject({ requests: 4, replies: 3, roundTrips: 1 });
  expect(
    proxy.history.filter(({ direction }) => direction === 'reply').map(({ command }) => command),
  ).toEqual(['GETKQ', 'GETKQ', 'NOOP']);
});

test('STAT is answered by many frames', async () => {
  const proxy = await open({ record: true });
  const client = await connect(proxy);
  client.socket.write(Buffer.concat([packet(STAT, 1), packet(NOOP, 2)]));
  let frame = await client.frame();
  while (frame.command === 'STAT') frame = await client.frame();
  expect(frame.command).toBe('NOOP');
  const replies = proxy.history
    .filter(({ direction }) => direction === 'reply')
    .map(({ command }) => command);
  expect(replies.length).toBeGreaterThan(10);
  expect(new Set(replies.slice(0, -1))).toEqual(new Set(['STAT']));
});

test('held writes, quiet ones too, are delivered after their client has gone', async () => {
  const proxy = await open();
  const [client, direct] = [await connect(proxy), await connect()];
  const [a, b] = [fresh(), fresh()];
  const hold = proxy.hold(({ command }) => command.startsWith('SET'), { times: 2 });
  client.socket.write(
    Buffer.concat([packet(SET, 1, a, 'late', EXTRAS), packet(SETQ, 2, b, 'quiet', EXTRAS)]),
  );
  await hold.held(2);
  client.socket.resetAndDestroy();
  await expect.poll(() => proxy.stats().open).toBe(0);
  const ask = async (key: string): Promise<string> => {
    direct.socket.write(packet(GET, 9, key));
    return String((await direct.frame()).args[1]);
  };
  expect(await ask(a)).toBe('Not found');
  await hold.deliver();
  expect(await ask(a)).toBe('late');
  await expect.poll(() => ask(b)).toBe('quiet');
});

test('dropping one request leaves the others their replies', async () => {
  const proxy = await open();
  const client = await connect(proxy);
  const key = fresh();
  proxy.drop('SET');
  client.socket.write(Buffer.concat([packet(SET, 1, key, 'x', EXTRAS), packet(GET, 2, key)]));
  const reply = await client.frame();
  expect([reply.command, reply.opaque]).toEqual(['GET', 2]);
});
