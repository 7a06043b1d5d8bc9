import type { RedisCommand } from '@cache/redis-shared';
import { Command } from 'ioredis';
import { expect, test } from 'vitest';
import { written } from '../src/written.ts';

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 256);

const LISTS: Record<string, readonly RedisCommand[]> = {
  'text alone': [['MGET', 'a', 'ключ', ''], ['PING']],
  'bytes between texts': [
    ['SET', 'ключ', bytes(1000), 'PX', '60000'],
    ['MGET', 'a'],
    ['SET', 'b', bytes(0), 'PX', '1'],
    ['EVAL', 'return 1', '1', 'k', bytes(16), bytes(300), ''],
  ],
  'more than one piece': Array.from(
    { length: 9 },
    (_, index): RedisCommand => ['SET', `k${index}`, bytes(100_000)],
  ),
};

test.each(Object.entries(LISTS))('%s: the bytes are those of the driver', (_name, commands) => {
  const ours = written(commands).map((command) => Buffer.from(command.toWritable()));
  const theirs = commands.map(([name, ...args]) => {
    const own = args.map((argument) => (typeof argument === 'string' ? argument : Buffer.from(argument)));
    return Buffer.from(new Command(name, own).toWritable({}));
  });
  expect(Buffer.concat(ours).equals(Buffer.concat(theirs))).toBe(true);
});

test('one command of a piece carries the bytes of all, and each keeps its own arguments', () => {
  const commands = written(LISTS['more than one piece'] as RedisCommand[]);
  expect(commands.map(({ carries }) => carries)).toEqual([
    true,
    false,
    false,
    true,
    false,
    false,
    true,
    false,
    false,
  ]);
  expect(commands.map(({ args }) => args[0])).toEqual(commands.map((_, index) => `k${index}`));
});
