import {
  type AdapterHarness,
  cacheConformance,
  conformance,
  FakeClock,
  referenceAdapter,
} from '@cache/conformance';
import {
  type AnyAdapter,
  allFailed,
  type Cache,
  CacheError,
  createCache,
  type Failure,
  failover,
  layered,
} from '@cache/core';
import { describe, expect, test } from 'vitest';
import { memoryAdapter } from '../src/index.ts';

const CALL = { deadline: Number.POSITIVE_INFINITY };
const OUT: Failure = { code: 'UNAVAILABLE', message: 'out', retryable: true, outcome: 'not-applied' };

/** What lies between one process and one server. */
interface Way {
  state: 'up' | 'down' | 'answers lost';
}

function by<A extends AnyAdapter>(way: Way, server: A, between?: () => Promise<void>): A {
  return layered(server, async ({ isEffect, items, go }) => {
    await between?.();
    if (way.state === 'down') return allFailed(Math.max(1, items.length), OUT);
    const outcomes = await go();
    await between?.();
    if (way.state === 'up') return outcomes;
    return allFailed(outcomes.length, { ...OUT, outcome: isEffect ? 'unknown' : 'not-applied' });
  });
}

/** Two servers, and a process with ways of its own to both. */
function pairOf(clock: FakeClock, failures = 2) {
  const servers = [memoryAdapter({ clock }), memoryAdapter({ clock })] as const;
  const ways: [Way, Way] = [{ state: 'up' }, { state: 'up' }];
  const process = () => {
    return failover(by(ways[0], servers[0]), by(ways[1], servers[1]), { failures, open: 100, clock });
  };
  return { servers, ways, adapter: process() };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('failover', () => {
  const write = (adapter: AnyAdapter, key: string, payload: string) =>
    adapter.write([{ key, payload, ttlMs: null }], CALL);
  const payloadAt = async (adapter: AnyAdapter, key: string) => {
    const [outcome] = await adapter.read([key], CALL);
    return outcome?.ok === true ? outcome.value?.payload : outcome?.error.code;
  };

  test('goes to the secondary after so many failures, and back when the primary answers', async () => {
    const clock = new FakeClock();
    const { servers, ways, adapter } = pairOf(clock);
    await write(servers[1], 'k', 'second');
    await write(servers[0], 'k', 'first');
    expect(await payloadAt(adapter, 'k')).toBe('first');
    ways[0].state = 'down';
    expect([await payloadAt(adapter, 'k'), await payloadAt(adapter, 'k')]).toEqual([
      'UNAVAILABLE',
      'UNAVAILABLE',
    ]);
    expect(await payloadAt(adapter, 'k')).toBe('second');
    ways[0].state = 'up';
    expect(await payloadAt(adapter, 'k')).toBe('second');
    clock.advance(100);
    await payloadAt(adapter, 'k');
    await turn();
    expect(await payloadAt(adapter, 'k')).toBe('first');
  });

  test('a write takes the key from the other side, a fill does not', async () => {
    const { servers, adapter } = pairOf(new FakeClock());
    await write(servers[1], 'k', 'old');
    await adapter.write([{ key: 'k', payload: 'loaded', ttlMs: null, invalidates: false }], CALL);
    expect(await payloadAt(servers[1], 'k')).toBe('old');
    await write(adapter, 'k', 'new');
    expect([await payloadAt(servers[0], 'k'), await payloadAt(servers[1], 'k')]).toEqual(['new', undefined]);
  });

  test('a removal answers whether there was something on either side', async () => {
    const { servers, adapter } = pairOf(new FakeClock());
    await write(servers[1], 'k', 'unseen');
    expect(await adapter.remove([{ key: 'k' }, { key: 'none' }], CALL)).toMatchObject([
      { value: true },
      { value: false },
    ]);
  });

  test.each([
    ['removed', (adapter: AnyAdapter) => adapter.remove([{ key: 'k' }], CALL)],
    ['written', (adapter: AnyAdapter) => write(adapter, 'k', 'new')],
    ['touched', (adapter: AnyAdapter) => adapter.touch([{ key: 'k', ttlMs: 1 }], CALL)],
    [
      'counted',
      (adapter: AnyAdapter) => adapter.counters?.add([{ key: 'k', by: 1n, initial: 0n, ttlMs: null }], CALL),
    ],
  ])(
    'what is %s while one side is out fails as unknown, and is cleared before that side is read again',
    async (_name, change) => {
      for (const when of ['noticed', 'not noticed'] as const) {
        const clock = new FakeClock();
        const { servers, ways, adapter } = pairOf(clock);
        await write(adapter, 'k', 'old');
        ways[0].state = 'down';
        if (when === 'noticed') for (let call = 0; call < 2; call += 1) await payloadAt(adapter, 'k');
        const [outcome] = (await change(adapter)) ?? [];
        expect(outcome?.ok).toBe(false);
        if (when === 'noticed' && outcome?.ok === false) expect(outcome.error.outcome).toBe('unknown');
        clock.advance(100);
        expect(await payloadAt(adapter, 'k')).not.toBe('old');
        // The primary comes back with what it held.
        ways[0].state = 'up';
        for (let step = 0; step < 5; step += 1) {
          clock.advance(100);
          expect(await payloadAt(adapter, 'k')).not.toBe('old');
          await turn();
        }
        expect(await payloadAt(servers[0], 'k')).toBeUndefined();
        await write(adapter, 'k', 'newer');
        expect(await payloadAt(servers[0], 'k')).toBe('newer');
      }
    },
  );

  test('what missed a removal is not read, though it answers, before it is cleared', async () => {
    const clock = new FakeClock();
    const { servers, ways, adapter } = pairOf(clock, 5);
    await write(adapter, 'k', 'old');
    ways[0].state = 'down';
    await adapter.remove([{ key: 'k' }], CALL);
    // The first attempt to clear it fails as well; the next one is not due yet.
    expect(await payloadAt(adapter, 'k')).toBeUndefined();
    await turn();
    ways[0].state = 'up';
    expect(await payloadAt(adapter, 'k')).toBeUndefined();
    expect(await payloadAt(servers[0], 'k')).toBe('old');
    clock.advance(100);
    expect(await payloadAt(adapter, 'k')).toBeUndefined();
    await turn();
    expect(await payloadAt(servers[0], 'k')).toBeUndefined();
  });

  test('a version of one side is none of the other', async () => {
    const clock = new FakeClock();
    const { ways, adapter } = pairOf(clock);
    await write(adapter, 'k', 'first');
    const [found] = await adapter.read(['k'], CALL);
    const version = found?.ok === true ? (found.value?.version ?? '') : '';
    ways[0].state = 'down';
    for (let call = 0; call < 2; call += 1) await payloadAt(adapter, 'k');
    const write2 = { key: 'k', payload: 'x', ttlMs: null, when: { version } } as const;
    expect(await adapter.write([write2], CALL)).toEqual([{ ok: true, value: { written: false } }]);
    expect(await adapter.remove([{ key: 'k', when: { version } }], CALL)).toEqual([
      { ok: true, value: false },
    ]);
  });

  test('remembers only so much: then invalidations are refused, and fills are not', async () => {
    const clock = new FakeClock();
    const [first, second] = [memoryAdapter({ clock }), memoryAdapter({ clock })];
    const way: Way = { state: 'down' };
    const adapter = failover(by(way, first), second, { failures: 1, remembered: 2, clock });
    await payloadAt(adapter, 'k');
    const removals = ['a', 'b', 'c'].map((key) => ({ key }));
    expect(await adapter.remove(removals, CALL)).toMatchObject(
      removals.map(() => ({ error: { code: 'BUSY', outcome: 'not-applied' } })),
    );
    const fill = { key: 'k', payload: 'x', ttlMs: null, invalidates: false } as const;
    expect(await adapter.write([fill], CALL)).toMatchObject([{ value: { written: true } }]);
  });
});

describe('a cache with failover', () => {
  /** By bytes, so with leases. Each process has ways of its own. */
  function fleetOf(clock: FakeClock, count: number) {
    const servers = [referenceAdapter({ clock }), referenceAdapter({ clock })] as const;
    return Array.from({ length: count }, () => {
      const ways: [Way, Way] = [{ state: 'up' }, { state: 'up' }];
      const adapter = failover(by(ways[0], servers[0]), by(ways[1], servers[1]), { failures: 1, clock });
      return { ways, cache: createCache({ adapter, clock, onInvalidationFailure: 'queue' }) };
    });
  }

  test('keeps what it loads while one server is out; what was queued reaches both when they answer', async () => {
    const clock = new FakeClock();
    const [{ ways, cache }] = fleetOf(clock, 1) as [ReturnType<typeof fleetOf>[number]];
    const recovered: unknown[] = [];
    cache.on('recover', ({ key }) => recovered.push(key));
    await cache.set('k', 'old');
    ways[0].state = 'down';
    expect(await cache.delete('k')).toBe('queued');
    let loads = 0;
    const load = (): string => {
      loads += 1;
      return 'new';
    };
    for (let call = 0; call < 3; call += 1) {
      expect(await cache.getOrSet('k', load, { ttl: '1h', grace: '1h', tags: ['t'] })).toBe('new');
    }
    await cache.refresh('k', load, { ttl: '1h' });
    expect([await cache.get('k'), loads]).toEqual(['new', 2]);
    ways[0].state = 'up';
    await expect
      .poll(() => {
        clock.advance(1000);
        return recovered;
      })
      .toEqual(['k']);
    expect(await cache.get('k')).toBeUndefined();
    await cache.close();
  });

  test('loads concern the server in use alone', async () => {
    const clock = new FakeClock();
    const asked: string[] = [];
    const second = layered(referenceAdapter({ clock }), ({ operation, go }) => {
      asked.push(operation);
      return go();
    });
    const adapter = failover(referenceAdapter({ clock }), second, { clock });
    const cache = createCache({ adapter, clock, grace: '1h' });
    await cache.getOrSet('k', () => 1, { ttl: '1s', tags: ['t'] });
    clock.advance(2000);
    await cache.getOrSet('k', () => 2, { ttl: '1s', tags: ['t'] });
    await cache.refresh('k', () => 3, { ttl: '1s' });
    await expect(
      cache.getOrSet('none', () => {
        throw new Error('no source');
      }),
    ).rejects.toThrow('no source');
    await cache.getOrSet('sliding', () => 4, { sliding: '1h' });
    expect(await cache.get('sliding')).toBe(4);
    await turn();
    expect(asked).toEqual([]);
    await cache.set('k', 5);
    expect(asked).toEqual(['remove']);
    await cache.close();
  });

  test('the end of a source write takes away what was let in where the other server is in use', async () => {
    const clock = new FakeClock();
    const [writer, reader, other] = fleetOf(clock, 3) as ReturnType<typeof fleetOf> & { length: 3 };
    if (writer === undefined || reader === undefined || other === undefined) throw new Error('three');
    reader.ways[0].state = 'down';
    await reader.cache.get('k');
    let source = 'old';
    await writer.cache.invalidating(['k'], async () => {
      // Somebody takes the mark away, and the old value is loaded once more.
      await other.cache.delete('k');
      expect(await reader.cache.getOrSet('k', () => source)).toBe('old');
      expect(await reader.cache.get('k')).toBe('old');
      source = 'new';
    });
    expect(await reader.cache.get('k')).toBeUndefined();
    await Promise.all([writer, reader, other].map(({ cache }) => cache.close()));
  });
});

/** By bytes, so with leases; each rule is one process with both servers. */
const harness: AdapterHarness = {
  name: 'failover of the reference adapter',
  expects: ['expiry', 'counters', 'scan'],
  async open() {
    const clock = new FakeClock();
    const adapter = failover(referenceAdapter({ clock }), referenceAdapter({ clock }), { clock });
    return { adapter, clock, [Symbol.asyncDispose]: () => adapter.close() };
  },
};
conformance({ describe, test }, harness);
cacheConformance({ describe, test }, harness);

describe('a fleet with failover', () => {
  /** Numbers from 0 to 1 of a seed (mulberry32). */
  function randomOf(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
  }

  const KEYS = ['a', 'b', 'c'];
  const SEEDS = Array.from({ length: 40 }, (_value, index) => index + 1);

  test.each(SEEDS)(
    'nothing that was invalidated is read again, whoever loses which server (seed %i)',
    async (seed) => {
      const random = randomOf(seed);
      const chance = (of: number): boolean => random() < of;
      const one = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
      const clock = new FakeClock();
      const servers = [referenceAdapter({ clock }), referenceAdapter({ clock })] as const;
      const between = async (): Promise<void> => {
        for (let turns = Math.floor(random() * 3); turns > 0; turns -= 1) await turn();
      };
      const ways: Way[] = [];
      const caches = [1, 2, 3].map(() => {
        const [first, second] = servers.map((server) => {
          const way: Way = { state: 'up' };
          ways.push(way);
          return by(way, server, between);
        }) as unknown as readonly [AnyAdapter, AnyAdapter];
        const adapter = failover(first, second, { failures: 2, open: 10, clock });
        return createCache({ adapter, clock, random, grace: '1h', ttl: '1h' });
      });

      /** What the source holds, and what is the least that may be read: what it held when it was last said to be gone. */
      const source = new Map(KEYS.map((key) => [key, 1]));
      const least = new Map(KEYS.map((key) => [key, 1]));
      /** The same of what a process did on one of the servers alone, for this process. */
      const ownLeast = caches.map(() => new Map<string, number>());
      let last = 1;
      let changing: Promise<unknown> = Promise.resolve();
      let resolved = 0;
      let hits = 0;

      async function change(cache: Cache<AnyAdapter>): Promise<void> {
        const key = one(KEYS);
        last += 1;
        const value = last;
        const ways = {
          delete: async () => [key, await cache.delete(key)],
          set: async () => [key, await cache.set(key, value, { tags: ['t'] })],
          expire: async () => [key, await cache.expire(key)],
          deleteByTag: async () => [undefined, await cache.deleteByTag('t')],
          expireByTag: async () => [undefined, await cache.expireByTag('t')],
          clear: async () => [undefined, await cache.clear()],
          invalidating: async () =>
            cache.invalidating([key], async () => {
              await between();
              source.set(key, value);
              await between();
            }),
        };
        const name = one(Object.keys(ways) as (keyof typeof ways)[]);
        const isWide = name === 'clear' || name.endsWith('ByTag');
        if (name !== 'invalidating') for (const each of isWide ? KEYS : [key]) source.set(each, value);
        try {
          await ways[name]();
          resolved += 1;
          for (const each of isWide ? KEYS : [key]) {
            if (source.get(each) === value) least.set(each, value);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(CacheError);
          // Of one step: of others it may be the first that failed.
          const isHalf = (name === 'delete' || name === 'set') && (error as CacheError).outcome === 'unknown';
          if (isHalf) ownLeast[caches.indexOf(cache as never)]?.set(key, value);
        }
      }

      async function look(cache: Cache<AnyAdapter>): Promise<void> {
        const key = one(KEYS);
        const own = ownLeast[caches.indexOf(cache as never)]?.get(key) ?? 0;
        const floor = Math.max(own, least.get(key) as number);
        const load = async (): Promise<number> => {
          const value = source.get(key) as number;
          await between();
          return value;
        };
        const value = chance(0.5)
          ? await cache.getOrSet<number>(key, load, { tags: ['t'] })
          : await cache.get<number>(key);
        if (value === undefined) return;
        hits += 1;
        expect(value, `${key} in process ${caches.indexOf(cache as never)}`).toBeGreaterThanOrEqual(floor);
      }

      const doing: Promise<unknown>[] = [];
      for (let step = 0; step < 150; step += 1) {
        if (chance(0.15)) one(ways).state = one(['up', 'up', 'up', 'down', 'answers lost'] as const);
        const cache = one(caches) as unknown as Cache<AnyAdapter>;
        if (chance(0.3)) {
          changing = changing.then(() => change(cache));
          doing.push(changing);
        } else doing.push(look(cache));
        if (chance(0.3)) clock.advance(Math.floor(random() * 30));
        if (chance(0.5)) await turn();
      }
      for (const way of ways) way.state = 'up';
      let settled = false;
      const all = Promise.all(doing).finally(() => {
        settled = true;
      });
      while (!settled) {
        clock.advance(20);
        await turn();
      }
      await all;
      expect(Math.min(resolved, hits)).toBeGreaterThan(0);
      await Promise.all(caches.map((cache) => cache.close()));
    },
  );
});
