import { type Server, startMemcached } from '@cache/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MemcachedAdapter, memcachedAdapter } from '../src/index.ts';
import { Admin } from './admin.ts';
import { call, failureIn, valueIn } from './call.ts';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
const FAR = 2n ** 62n;

let server: Server;
let admin: Admin;
let adapters: MemcachedAdapter[];
let names = 0;

beforeAll(async () => {
  server = await startMemcached();
  admin = await Admin.connect(server);
});
afterAll(async () => {
  admin.close();
  await server.close();
});
beforeEach(async () => {
  adapters = [1, 2, 3, 4].map(() => memcachedAdapter({ url: server.url }));
  await Promise.all(adapters.map(({ connection }) => connection.ready(call())));
});
afterEach(async () => {
  await Promise.all(adapters.map((adapter) => adapter.close()));
});

const fresh = (): string => {
  names += 1;
  return `n${names}`;
};
const one = (): MemcachedAdapter => adapters[0] as MemcachedAdapter;
const addition = (key: string, by: bigint, initial = 0n, ttlMs: number | null = 60_000) => {
  return { key, by, initial, ttlMs };
};
const add = (
  key: string,
  by: bigint,
  initial?: bigint,
  ttlMs?: number | null,
  adapter = one(),
): Promise<bigint> => {
  return valueIn(adapter.counters.add([addition(key, by, initial, ttlMs)], call()));
};

test('additions of several processes all count, near 0 and at the ends of the range', async () => {
  for (const start of [0n, FAR - 20n, -FAR + 20n, MAX - 100n, MIN + 300n]) {
    const key = fresh();
    await add(key, 0n, start);
    const answers = await Promise.all(
      adapters.flatMap((adapter) =>
        Array.from({ length: 25 }, () => add(key, start < 0n ? -1n : 1n, 0n, 60_000, adapter)),
      ),
    );
    expect(new Set(answers).size).toBe(100);
    expect(await add(key, 0n)).toBe(start < 0n ? start - 100n : start + 100n);
  }
});

test('of additions at the top at the same time none leaves the range, and none that is refused counts', async () => {
  const key = fresh();
  await add(key, 0n, MAX - 10n);
  const outcomes = await Promise.all(
    adapters.flatMap((adapter) =>
      Array.from({ length: 10 }, () => adapter.counters.add([addition(key, 1n)], call())),
    ),
  );
  const refused = outcomes.flat().filter((outcome) => !outcome.ok);
  expect(refused).toHaveLength(30);
  for (const outcome of refused) {
    expect(outcome).toMatchObject({ error: { code: 'OUT_OF_RANGE', outcome: 'not-applied' } });
  }
  expect(await add(key, 0n)).toBe(MAX);
});

describe('a counter that leaves the near range and comes back', () => {
  test('is exact all the way', async () => {
    const key = fresh();
    let value = 0n;
    const steps = [
      FAR - 5n,
      3n,
      1n,
      1n,
      1n,
      2n ** 40n,
      -(2n ** 40n),
      -2n,
      20n,
      -FAR,
      -FAR,
      -(2n ** 62n),
      7n,
      -1n,
      FAR,
    ];
    for (const by of steps) {
      value += by;
      expect(await add(key, by)).toBe(value);
    }
  });

  test('keeps the life of its creation, in whichever form', async () => {
    const key = fresh();
    await add(key, 0n, FAR - 1n, 3_600_000);
    expect(await add(key, 2n, 0n, 60_000)).toBe(FAR + 1n);
    expect(await add(key, 2n, 0n, 60_000)).toBe(FAR + 3n);
    expect(Math.abs(((await admin.secondsLeft(key)) as number) - 3600)).toBeLessThanOrEqual(3);
    expect(await add(key, -FAR, 0n, 60_000)).toBe(3n);
    expect(Math.abs(((await admin.secondsLeft(key)) as number) - 3600)).toBeLessThanOrEqual(3);
    const endless = fresh();
    await add(endless, 0n, FAR - 1n, null);
    await add(endless, 2n, 0n, 60_000);
    expect(await admin.secondsLeft(endless)).toBe(-1);
  });

  test('keeps the order of calls', async () => {
    const key = fresh();
    await add(key, 0n, MAX - 5n);
    const large = 2n ** 40n;
    const calls = [
      add(key, -large),
      add(key, 1n),
      add(key, 2n * large).catch(() => 'refused'),
      add(key, -1n),
    ];
    const start = MAX - 5n - large;
    expect(await Promise.all(calls)).toEqual([start, start + 1n, 'refused', start]);
    const removed = [add(key, -large), valueIn(one().remove([{ key }], call())), add(key, large)];
    expect(await Promise.all(removed)).toEqual([start - large, true, large]);
  });

  test('and in one batch', async () => {
    const key = fresh();
    const large = 2n ** 40n;
    const amounts = [1n, large, 1n, -large, 1n];
    const outcomes = await one().counters.add(
      amounts.map((by) => addition(key, by)),
      call(),
    );
    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual([
      1n,
      large + 1n,
      large + 2n,
      2n,
      3n,
    ]);
  });
});

test('a value that the server takes for a number is a WRONG_TYPE too, but lost', async () => {
  const key = fresh();
  for (const text of ['7', '7 and more', '12345678\tand more', '0 ']) {
    const put = () => valueIn(one().write([{ key, payload: Buffer.from(text), ttlMs: null }], call()));
    for (const by of [1n, -1n, 0n]) {
      await put();
      const failure = await failureIn(one().counters.add([addition(key, by)], call()));
      expect(failure).toMatchObject({ code: 'WRONG_TYPE', outcome: 'unknown' });
      expect(await valueIn(one().read([key], call()))).toBeUndefined();
    }
    // This one is not left to the server.
    await put();
    const failure = await failureIn(one().counters.add([addition(key, 2n ** 50n)], call()));
    expect(failure).toMatchObject({ code: 'WRONG_TYPE', outcome: 'not-applied' });
    expect((await valueIn(one().read([key], call())))?.payload).toEqual(Buffer.from(text));
  }
});

test('a key that holds something else is a WRONG_TYPE', async () => {
  const key = fresh();
  await valueIn(
    one().write([{ key, payload: Buffer.from('sixteen bytes of something'), ttlMs: null }], call()),
  );
  for (const by of [1n, 2n ** 50n]) {
    const failure = await failureIn(one().counters.add([addition(key, by)], call()));
    expect(failure).toMatchObject({ code: 'WRONG_TYPE', outcome: 'not-applied' });
  }
});

describe('where a counter is far from 0', () => {
  const FAR_COUNTER = FAR + 100n;

  test('an addition by the server that it refuses is made before a later one of the batch', async () => {
    const key = fresh();
    await add(key, 0n, FAR_COUNTER);
    const items = [addition(key, -200n), addition(key, FAR), addition(key, -1n)];
    const outcomes = await one().counters.add(items, call());
    expect(outcomes).toEqual(
      [FAR - 100n, 2n * FAR - 100n, 2n * FAR - 101n].map((value) => ({ ok: true, value })),
    );
  });

  test('the same of calls that do not wait for one another', async () => {
    const key = fresh();
    await add(key, 0n, FAR_COUNTER);
    const calls = [-1n, -1n, -1n, FAR - 200n, -1n, -1n].map((by) => add(key, by));
    const sums = [99n, 98n, 97n, FAR - 103n, FAR - 104n, FAR - 105n].map((more) => FAR + more);
    expect(await Promise.all(calls)).toEqual(sums);
  });

  test('a removal comes after an addition that was called before it', async () => {
    const key = fresh();
    await add(key, 0n, FAR_COUNTER);
    const added = add(key, 1n);
    const [removed] = await one().remove([{ key }], call());
    expect([await added, removed]).toEqual([FAR_COUNTER + 1n, { ok: true, value: true }]);
    expect(await valueIn(one().read([key], call()))).toBeUndefined();
  });
});
