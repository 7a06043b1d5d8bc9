import { createCache } from '@cache/core';
import { expect, test } from 'vitest';
import { memoryAdapter } from '../src/index.ts';

function counted() {
  const inner = memoryAdapter();
  const calls = { read: 0 };
  const adapter = {
    ...inner,
    read: (...args: Parameters<typeof inner.read>) => {
      calls.read += 1;
      return inner.read(...args);
    },
  };
  return { cache: createCache({ adapter }), calls };
}

test('a hit asks the store itself, counts and is told of', async () => {
  const { cache, calls } = counted();
  const value = { n: 1 };
  await cache.set('k', value);
  calls.read = 0;
  const heard: string[] = [];
  cache.on('hit', ({ key }) => heard.push(key));
  expect(await cache.get('k')).toBe(value);
  expect(calls.read).toBe(0);
  expect(heard).toEqual(['k']);
  expect(cache.stats()).toMatchObject({ hits: 1, misses: 0 });
});

test('a get takes effect after what was called before it and not awaited', async () => {
  const { cache } = counted();
  await cache.set('k', 1);
  void cache.set('k', 2);
  const afterSet = cache.get('k');
  void cache.delete('k');
  const afterDelete = cache.get('k');
  void cache.set('k', 3);
  void cache.clear();
  const afterClear = cache.get('k');
  expect(await Promise.all([afterSet, afterDelete, afterClear])).toEqual([2, undefined, undefined]);
});

test('a hit of a sliding entry goes the way that renews it', async () => {
  const { cache, calls } = counted();
  await cache.set('k', 1, { ttl: '10m', sliding: '1m' });
  calls.read = 0;
  expect(await cache.get('k')).toBe(1);
  expect(calls.read).toBe(1);
});

test('a closed cache answers nothing', async () => {
  const { cache } = counted();
  await cache.set('k', 1);
  const closing = cache.close();
  await expect(cache.get('k')).rejects.toMatchObject({ code: 'CLOSED' });
  await closing;
});

test('keys that are no keys are refused, and long ones are not mixed up', async () => {
  const { cache } = counted();
  await expect(cache.get('')).rejects.toMatchObject({ code: 'INVALID_KEY' });
  await expect(cache.get('\ud800')).rejects.toMatchObject({ code: 'INVALID_KEY' });
  const long = 'x'.repeat(60_000);
  await cache.set(`${long}1`, 1);
  await cache.set(`${long}2`, 2);
  expect(await Promise.all([cache.get(`${long}1`), cache.get(`${long}2`)])).toEqual([1, 2]);
});
