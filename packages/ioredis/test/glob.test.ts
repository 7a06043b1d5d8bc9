import { globMatcher } from '@cache/core';
import { type Server, startRedis } from '@cache/servers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: Server;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis({ controllable: true });
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

const SEED = Number(process.env.CACHE_SEED ?? Date.now() % 1_000_000);
const UNITS = ['a', 'b', 'c', '-', '^', ']', '[', '\\', '*', '?'];

/** A generator of small texts that is the same for the same seed. */
function texts(seed: number): (most: number) => string {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  return (most) => Array.from({ length: 1 + next(most) }, () => UNITS[next(UNITS.length)]).join('');
}

test(`core and the server read globs alike, malformed ones too (seed ${SEED})`, async () => {
  const text = texts(SEED);
  const keys = [...new Set(Array.from({ length: 400 }, () => text(3)))];
  await redis.mset(keys.flatMap((key) => [key, '']));
  const globs = Array.from({ length: 2000 }, () => text(7));
  const answers = await Promise.all(globs.map((glob) => redis.scan(0, 'MATCH', glob, 'COUNT', 10_000)));
  for (const [i, glob] of globs.entries()) {
    const [cursor, found] = answers[i] as [string, string[]];
    expect(cursor).toBe('0');
    expect(found.sort(), `seed ${SEED}, glob ${glob}`).toEqual(keys.filter(globMatcher(glob)).sort());
  }
});
