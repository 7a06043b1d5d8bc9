import { type Call, type Clock, createCache, type Outcome } from '@cache/core';
import { describe, expect, test } from 'vitest';
import { memoryAdapter } from '../src/index.ts';

const call: Call = { deadline: Number.POSITIVE_INFINITY };

/** The value of each outcome; a failure is an error of the test. */
function valuesOf<T>(outcomes: readonly Outcome<T>[]): T[] {
  return outcomes.map((outcome) => {
    if (outcome.ok) return outcome.value;
    throw new Error(outcome.error.message);
  });
}

/** A clock whose timers run when the test says so. */
function manualClock(): Clock & { advance(ms: number): void; readonly timers: number } {
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  return {
    now: () => now,
    monotonic: () => now,
    schedule(run, ms) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return { cancel: () => timers.delete(timer), unref: () => undefined };
    },
    defer: (callback) => setImmediate(callback),
    advance(ms) {
      now += ms;
      for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.run();
    },
    get timers() {
      return timers.size;
    },
  };
}

describe('bounds', () => {
  test('by entries: the least recently used goes first', async () => {
    const adapter = memoryAdapter({ maxEntries: 2 });
    const write = (key: string) => adapter.write([{ key, payload: key, ttlMs: null }], call);
    await write('a');
    await write('b');
    await adapter.read(['a'], call);
    await write('c');
    expect(valuesOf(await adapter.read(['a', 'b', 'c'], call)).map((stored) => stored?.payload)).toEqual([
      'a',
      undefined,
      'c',
    ]);
  });

  test('what is used stays, though an eighth of the line may pass it before it moves', async () => {
    const { sync } = memoryAdapter({ maxEntries: 64 });
    sync.set('used', 1, null);
    for (let n = 0; n < 1000; n += 1) {
      sync.set(`other ${n}`, n, null);
      // An eighth has passed it, so it does not move; then all others have.
      if (n % 63 === 7 || n % 63 === 62) expect(sync.get('used')).toBe(1);
    }
    // Of the others those are left that were written last.
    const left = Array.from({ length: 1000 }, (_, n) => n).filter(
      (n) => sync.get(`other ${n}`) !== undefined,
    );
    expect(left).toEqual(Array.from({ length: 63 }, (_, n) => 937 + n));
  });

  test('what is not used any more goes', async () => {
    const { sync } = memoryAdapter({ maxEntries: 64 });
    sync.set('used', 1, null);
    for (let n = 0; n < 32; n += 1) sync.set(`other ${n}`, n, null);
    expect(sync.get('used')).toBe(1);
    for (let n = 32; n < 32 + 64; n += 1) sync.set(`other ${n}`, n, null);
    expect(sync.get('used')).toBe(undefined);
  });

  test.each(['purge', 'scan', 'look at its life'])('a %s is no use', async (how) => {
    const clock = manualClock();
    const { expiry, scan, sync } = memoryAdapter({ maxEntries: 64, clock, purgeIntervalMs: 1000 });
    const keys = Array.from({ length: 64 }, (_, n) => `k${n}`);
    for (const key of keys) sync.set(key, 1, 1e6);
    const used = keys.slice(0, 8);
    for (const key of used) sync.get(key);
    if (how === 'purge') clock.advance(1000);
    else if (how === 'scan') await scan.page({ prefix: '' }, undefined, 100, call);
    else await expiry.remaining(keys, call);
    for (let n = 0; n < 8; n += 1) sync.set(`new${n}`, n, null);
    expect(used.map((key) => sync.get(key))).toEqual(used.map(() => 1));
  });

  test('by bytes: what was used last stays while there is room for another', () => {
    const clock = manualClock();
    const { sync } = memoryAdapter({ maxBytes: 1000, sizeOf: (payload) => payload as number, clock });
    for (let n = 0; n < 100; n += 1) sync.set(`k${n}`, 10, n < 50 ? 1 : null);
    sync.get('k88');
    sync.set('large', 890, null);
    expect(sync.get('k88')).toBe(10);
    clock.advance(2);
    sync.set('larger', 980, null);
    expect(sync.get('k88')).toBe(10);
  });

  test('by bytes, of a size that the caller may tell', async () => {
    const sizeOf = (payload: unknown): number => (payload as string).length;
    const adapter = memoryAdapter({ maxBytes: 10, sizeOf });
    const write = (key: string, payload: string) => adapter.write([{ key, payload, ttlMs: null }], call);
    valuesOf(await write('a', 'xxxxx'));
    valuesOf(await write('b', 'xxxxx'));
    valuesOf(await write('c', 'xxxxx'));
    expect(
      valuesOf(await adapter.read(['a', 'b', 'c'], call)).map(
        (stored) => (stored?.payload as string | undefined)?.length,
      ),
    ).toEqual([undefined, 5, 5]);
  });

  test('a value over the whole store is refused, and the old one stays', async () => {
    const cache = createCache({ adapter: memoryAdapter({ maxBytes: 2000 }) });
    await cache.set('a', 'small');
    await expect(cache.set('a', 'x'.repeat(2000))).rejects.toMatchObject({
      code: 'VALUE_TOO_LARGE',
      key: 'a',
      outcome: 'not-applied',
      message: expect.stringContaining('2000 bytes'),
    });
    expect(await cache.get('a')).toBe('small');
  });

  test.each([0, -1, 1.5, Number.NaN])('a bound of %s is refused', (bound) => {
    expect(() => memoryAdapter({ maxEntries: bound })).toThrow(/maxEntries must be a whole number above 0/);
    expect(() => memoryAdapter({ maxBytes: bound })).toThrow(/maxBytes must be/);
  });
});

describe('isolation', () => {
  test('none: the same object comes back', async () => {
    const cache = createCache({ adapter: memoryAdapter() });
    const value = { list: [1] };
    await cache.set('a', value);
    expect(await cache.get('a')).toBe(value);
  });

  test('clone: neither the writer nor a reader can change what is stored', async () => {
    const cache = createCache({ adapter: memoryAdapter({ isolate: 'clone' }) });
    const value = { list: [1], at: new Date(0), map: new Map([[1, { deep: true }]]) };
    await cache.set('a', value);
    value.list.push(2);
    const read = await cache.get<typeof value>('a');
    read?.list.push(3);
    read?.map.clear();
    expect(await cache.get('a')).toEqual({ list: [1], at: new Date(0), map: new Map([[1, { deep: true }]]) });
    await expect(cache.set('f', () => 1)).rejects.toMatchObject({ code: 'INVALID_VALUE', key: 'f' });
  });

  test('freeze: a change throws, all the way down', async () => {
    const cache = createCache({ adapter: memoryAdapter({ isolate: 'freeze' }) });
    const value = { list: [{ n: 1 }], bytes: new Uint8Array(2) };
    await cache.set('a', value);
    const read = await cache.get<typeof value>('a');
    expect(() => read?.list.push({ n: 2 })).toThrow(TypeError);
    expect(() => {
      if (read?.list[0] !== undefined) read.list[0].n = 2;
    }).toThrow(TypeError);
    expect(await cache.touch('a', { ttl: '1h' })).toBe(true);
    expect(await cache.expire('a')).toBe(true);
  });

  test('of another kind is refused', () => {
    expect(() => memoryAdapter({ isolate: 'copy' as 'clone' })).toThrow(/isolate must be/);
  });
});

describe('what expired', () => {
  test('is purged while there is anything that can expire, and no timer is left otherwise', async () => {
    const clock = manualClock();
    let counted = 0;
    const sizeOf = (): number => 1;
    const adapter = memoryAdapter({ clock, purgeIntervalMs: 1000, maxBytes: 100, sizeOf });
    expect(clock.timers).toBe(0);
    await adapter.write([{ key: 'a', payload: 'A', ttlMs: 500 }], { deadline: 1e9 });
    expect(clock.timers).toBe(1);
    clock.advance(1000);
    const page = await adapter.scan.page({ prefix: '' }, undefined, 10, { deadline: 1e9 });
    if (page.ok) counted = page.value.keys.length;
    expect(counted).toBe(0);
    expect(clock.timers).toBe(0);
    await adapter.write([{ key: 'b', payload: 'B', ttlMs: 500 }], { deadline: 1e9 });
    await adapter.close();
    expect(clock.timers).toBe(0);
  });

  test('is over though the clock was set back behind the making of the store', () => {
    const clock = manualClock();
    clock.advance(1001);
    const { sync } = memoryAdapter({ clock });
    clock.advance(-1001);
    sync.set('a', 1, 1000);
    clock.advance(2001);
    expect(sync.get('a')).toBe(undefined);
  });

  test('is not measured for another life', async () => {
    let measured = 0;
    const sizeOf = (): number => {
      measured += 1;
      return 1;
    };
    const { expiry, sync, touch } = memoryAdapter({ maxBytes: 10, sizeOf, clock: manualClock() });
    sync.set('a', 1, 10);
    expect(await touch([{ key: 'a', ttlMs: 1000 }], call)).toEqual([{ ok: true, value: true }]);
    expect(await expiry.remaining(['a'], call)).toEqual([{ ok: true, value: 1000 }]);
    expect(measured).toBe(1);
  });

  test('does not keep a process alive', async () => {
    const adapter = memoryAdapter();
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    await adapter.write([{ key: 'a', payload: 'A', ttlMs: 60_000 }], call);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBe(before);
    await adapter.close();
  });
});
