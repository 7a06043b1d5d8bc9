import { createCache } from '@cache/core';
import { expect, test } from 'vitest';
import { memoryAdapter } from '../src/index.ts';

function counted() {
  const inner = memoryAdapter();
  const calls = { read: 0, write: 0 };
  const adapter = {
    ...inner,
    read: (...args: Parameters<typeof inner.read>) => {
      calls.read += 1;
      return inner.read(...args);
    },
    write: (...args: Parameters<typeof inner.write>) => {
      calls.write += 1;
      return inner.write(...args);
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

test('a set asks the store itself once its namespace has a record, counts and is told of', async () => {
  const { cache, calls } = counted();
  await cache.set('first', 0);
  calls.write = 0;
  const heard: string[] = [];
  cache.on('write', ({ key }) => heard.push(key));
  await cache.set('k', 1);
  await cache.setMany([
    ['l', 2],
    ['m', 3],
  ]);
  expect(calls.write).toBe(0);
  expect(await cache.getMany(['k', 'l', 'm'])).toEqual([1, 2, 3]);
  expect(heard).toEqual(['k', 'l', 'm']);
  expect(cache.stats().writes).toBe(4);
});

test.each([
  ['add', (cache: Counted) => cache.add('k', 'before')],
  ['getAndSet', (cache: Counted) => cache.getAndSet('k', 'before')],
  ['delete', (cache: Counted) => cache.delete('k')],
  ['expire', (cache: Counted) => cache.expire('k')],
  ['touch', (cache: Counted) => cache.touch('k')],
  ['clear', (cache: Counted) => cache.clear()],
  ['set with a tag', (cache: Counted) => cache.set('k', 'before', { tags: ['t'] })],
  ['deleteByTag', (cache: Counted) => cache.deleteByTag('t')],
] as const)('a set takes effect after %s that was called before it', async (_name, call) => {
  const { cache } = counted();
  for (const before of [undefined, 'there']) {
    await cache.clear();
    if (before !== undefined) await cache.set('k', before, { tags: ['t'] });
    else await cache.set('other', 1);
    const earlier = call(cache);
    const later = cache.set('k', 'after');
    await Promise.all([earlier, later]);
    expect(await cache.get('k')).toBe('after');
  }
});

test('a set with a signal that is aborted is refused, and what was there stays', async () => {
  const { cache } = counted();
  await cache.set('k', 1);
  const refused = cache.set('k', 2, { signal: AbortSignal.abort() });
  await expect(refused).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
  expect(await cache.get('k')).toBe(1);
});

test('a value that was loaded before a set is not kept after it', async () => {
  const { cache } = counted();
  await cache.set('other', 0);
  let finish = (_value: string): void => undefined;
  const loading = cache.getOrSet('k', () => new Promise<string>((resolve) => (finish = resolve)));
  await expect.poll(() => cache.stats().misses).toBe(1);
  await new Promise(setImmediate);
  await cache.set('k', 'set');
  finish('loaded');
  await loading;
  expect(await cache.get('k')).toBe('set');
});

test('a set after a clear of another cache over the same store counts', async () => {
  const adapter = memoryAdapter();
  const [one, other] = [createCache({ adapter }), createCache({ adapter })];
  await one.set('k', 1);
  await other.clear();
  await one.set('k', 2);
  expect([await one.get('k'), await other.get('k')]).toEqual([2, 2]);
});

test.each([
  ['delete', (cache: Counted) => cache.delete('k')],
  ['clear', (cache: Counted) => cache.clear()],
  ['a set with a signal', (cache: Counted) => cache.set('k', 0, { signal: new AbortController().signal })],
] as const)('a set of one cache does not overtake %s of another over the same store', async (_name, call) => {
  const adapter = memoryAdapter();
  const [one, other] = [createCache({ adapter }), createCache({ adapter })];
  await one.set('k', 0);
  await other.set('other', 0);
  await Promise.all([call(one as unknown as Counted), other.set('k', 'after')]);
  expect(await one.get('k')).toBe('after');
});

test('a value that cannot be frozen is refused as any other, and what was there stays', async () => {
  const cache = createCache({ adapter: memoryAdapter({ isolate: 'freeze' }) });
  await cache.set('k', 1);
  const value = { deep: new Proxy({}, { preventExtensions: () => false }) };
  const refusal = { code: 'INVALID_VALUE', outcome: 'not-applied' };
  await expect(cache.set('k', value)).rejects.toMatchObject(refusal);
  await expect(cache.set('k', value)).rejects.toMatchObject(refusal);
  expect(Object.isFrozen(value)).toBe(false);
  expect(await cache.get('k')).toBe(1);
});

test('a store whose sync throws is asked the other way', async () => {
  const inner = memoryAdapter();
  const broken = (): never => {
    throw new Error('broken');
  };
  let isBroken = false;
  const get = (key: string): unknown => (isBroken ? broken() : inner.sync.get(key));
  const cache = createCache({ adapter: { ...inner, sync: { ...inner.sync, get, set: broken } } });
  await cache.set('first', 0);
  isBroken = true;
  await cache.set('k', 1);
  isBroken = false;
  expect(await cache.get('k')).toBe(1);
});

type Counted = ReturnType<typeof counted>['cache'];
