import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createCache } from '@cache/core';
import { describe, expect, test } from 'vitest';
import { type Isolation, memoryAdapter } from '../src/index.ts';

/** A cache with a local tier, and how often its server was asked. */
function tiered(isolate: Isolation) {
  const server = memoryAdapter({ isolate: 'clone' });
  const calls = { read: 0 };
  const adapter = {
    ...server,
    read: (...args: Parameters<typeof server.read>) => {
      calls.read += 1;
      return server.read(...args);
    },
  };
  return { cache: createCache({ adapter, local: memoryAdapter({ isolate }), localTtl: '1h' }), calls };
}

const made = () => ({ list: [1], map: new Map([[1, { deep: true }]]) });

/** What `count` hits bring, after the read that makes the copy. */
async function hits(isolate: Isolation, count: number) {
  const { cache, calls } = tiered(isolate);
  await cache.set('a', made());
  await cache.get('a');
  calls.read = 0;
  const values: ReturnType<typeof made>[] = [];
  for (let hit = 0; hit < count; hit += 1) {
    const value = hit % 2 === 0 ? cache.get('a') : cache.getOrSet('a', made);
    values.push((await value) as ReturnType<typeof made>);
  }
  expect(calls.read).toBe(0);
  expect(cache.stats()).toMatchObject({ hits: count + 1, loads: 0 });
  await cache.close();
  return values;
}

describe('hits in the local tier', () => {
  test('by reference: all get the same object', async () => {
    const [first, ...others] = await hits(false, 4);
    expect(first).toEqual(made());
    for (const value of others) expect(value).toBe(first);
  });

  test('as clones: each gets its own, and what one does to it nobody sees', async () => {
    const values = await hits('clone', 4);
    expect(new Set(values).size).toBe(4);
    for (const value of values) {
      expect(value).toEqual(made());
      value.list.push(2);
    }
  });

  test('frozen: all get the same object, which throws when it is changed', async () => {
    const [first, ...others] = await hits('freeze', 4);
    for (const value of others) expect(value).toBe(first);
    expect(() => first?.list.push(2)).toThrow(TypeError);
  });

  test('what decides by itself how it is awaited is asked at each hit', async () => {
    let asked = 0;
    const value = {
      // biome-ignore lint/suspicious/noThenProperty: it is the subject
      then(resolve: (value: number) => void, reject: (error: Error) => void) {
        asked += 1;
        if (asked === 2) reject(new Error('for once'));
        else resolve(asked);
      },
    };
    const cache = createCache({ adapter: memoryAdapter(), local: memoryAdapter(), localTtl: '1h' });
    await cache.set('a', value as unknown);
    expect(await cache.get('a')).toBe(1);
    await expect(cache.get('a')).rejects.toThrow('for once');
    expect(await cache.get('a')).toBe(3);
  });

  test('nothing is kept of the context of a caller', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const storage = new AsyncLocalStorage<object>();
    for (const cache of [tiered(false).cache, createCache({ adapter: memoryAdapter() })]) {
      const seen = await (async () => {
        const context = { request: 'large' };
        await storage.run(context, () => cache.set('a', made()));
        await storage.run(context, () => cache.get('a'));
        await storage.run(context, () => cache.getOrSet('a', made));
        return new WeakRef(context);
      })();
      // A look at it keeps it for the rest of the turn.
      for (let turn = 0; turn < 5; turn += 1) {
        await new Promise(setImmediate);
        collect();
      }
      expect(seen.deref()).toBe(undefined);
      expect(await cache.get('a')).toEqual(made());
      await cache.close();
    }
  });

  test('what is false, empty or no number is a hit', async () => {
    const { cache } = tiered(false);
    for (const value of [null, '', 0, false, Number.NaN]) {
      await cache.set('a', value);
      expect([await cache.get('a'), await cache.get('a'), await cache.get('a')]).toEqual([
        value,
        value,
        value,
      ]);
    }
  });
});
