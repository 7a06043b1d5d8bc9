import { describe, expect, test } from 'vitest';
import {
  type Call,
  circuitBreaker,
  type Failure,
  failed,
  type Measurement,
  metrics,
  type Outcome,
  ok,
  retry,
  timeout,
} from '../src/index.ts';
import { ManualClock, microtasks, toldAdapter } from './fake.ts';

const OUT: Failure = { code: 'UNAVAILABLE', message: 'out', retryable: true, outcome: 'not-applied' };
const NEVER: Failure = { code: 'SERVER', message: 'no', retryable: false, outcome: 'not-applied' };

function until(deadline = Number.POSITIVE_INFINITY, signal?: AbortSignal): Call {
  return signal === undefined ? { deadline } : { deadline, signal };
}

describe('timeout', () => {
  const clock = new ManualClock();
  const now = clock.monotonic();

  test.each([
    ['shortens a deadline that is later', now + 1000, now + 50],
    ['leaves one that is sooner', now + 10, now + 10],
  ])('%s', async (_name, deadline, expected) => {
    const inner = toldAdapter(() => ok(undefined));
    const { signal } = new AbortController();
    await timeout(inner, { timeout: 50, clock }).read(['a'], { deadline, signal });
    expect(inner.given[0]?.call).toEqual({ deadline: expected, signal });
  });
});

describe('retry', () => {
  /** What fails, and how often, before it succeeds. */
  function flaky(failures: Record<string, number>, failure = OUT) {
    const left = new Map(Object.entries(failures));
    return toldAdapter((key) => {
      const more = left.get(key) ?? 0;
      left.set(key, more - 1);
      return more > 0 ? failed(failure) : ok(key);
    });
  }

  test('asks again for what failed and may succeed, alone, and puts it in its place', async () => {
    const clock = new ManualClock();
    const inner = flaky({ b: 1, d: 2 });
    const adapter = retry(inner, { clock, random: () => 0.5, delay: 20 });
    const reading = adapter.read(['a', 'b', 'c', 'd'], until());
    await microtasks();
    clock.advance(9);
    await microtasks();
    expect(inner.given.map(({ keys }) => keys)).toEqual([['a', 'b', 'c', 'd']]);
    clock.advance(1);
    await microtasks();
    clock.advance(20);
    expect(await reading).toEqual(['a', 'b', 'c', 'd'].map(ok));
    expect(inner.given.map(({ keys }) => keys)).toEqual([['a', 'b', 'c', 'd'], ['b', 'd'], ['d']]);
  });

  test('gives up after so many attempts', async () => {
    const clock = new ManualClock();
    const inner = flaky({ a: 9 });
    const reading = retry(inner, { clock, random: () => 0, attempts: 3 }).read(['a'], until());
    for (let step = 0; step < 5; step += 1) {
      await microtasks();
      clock.advance(0);
    }
    expect(await reading).toEqual([failed(OUT)]);
    expect(inner.given).toHaveLength(3);
  });

  test('never repeats an effect, nor what will not succeed', async () => {
    const clock = new ManualClock();
    const inner = flaky({ a: 1, b: 1, c: 1 });
    const adapter = retry(inner, { clock });
    expect(await adapter.write([{ key: 'a', payload: 'x', ttlMs: null }], until())).toEqual([failed(OUT)]);
    expect(await adapter.remove([{ key: 'b' }], until())).toEqual([failed(OUT)]);
    expect(await adapter.touch([{ key: 'c', ttlMs: null }], until())).toEqual([failed(OUT)]);
    const stubborn = flaky({ a: 1 }, NEVER);
    expect(await retry(stubborn, { clock }).read(['a'], until())).toEqual([failed(NEVER)]);
    expect([inner.given.length, stubborn.given.length, clock.timers]).toEqual([3, 1, 0]);
  });

  test('does not begin a pause that would end at the deadline', async () => {
    const clock = new ManualClock();
    const inner = flaky({ a: 1 });
    const adapter = retry(inner, { clock, random: () => 1, delay: 20 });
    expect(await adapter.read(['a'], until(clock.monotonic() + 20))).toEqual([failed(OUT)]);
    expect(clock.timers).toBe(0);
  });

  test('an abort ends the pause at once', async () => {
    const clock = new ManualClock();
    const inner = flaky({ b: 1 });
    const controller = new AbortController();
    const reading = retry(inner, { clock }).read(['a', 'b'], until(undefined, controller.signal));
    await microtasks();
    expect(clock.timers).toBe(1);
    controller.abort();
    const [a, b] = await reading;
    expect(a).toEqual(ok('a'));
    expect(b).toMatchObject({ ok: false, error: { code: 'ABORTED', outcome: 'not-applied' } });
    expect([inner.given.length, clock.timers]).toEqual([1, 0]);
  });

  test.each([0, 1.5, Number.NaN])('refuses %s attempts', (attempts) => {
    expect(() => retry(flaky({}), { attempts })).toThrow(/attempts/);
  });
});

describe('circuitBreaker', () => {
  /** An adapter that answers what `state.now` says. */
  function switched() {
    const clock = new ManualClock();
    const state: { now: (key: string) => Outcome<unknown> } = { now: () => failed(OUT) };
    const inner = toldAdapter((key) => state.now(key));
    const adapter = circuitBreaker(inner, { failures: 3, open: 100, clock });
    const read = (...keys: string[]) => adapter.read(keys, until());
    return { clock, state, inner, adapter, read };
  }

  test('opens after so many failures, for effects too', async () => {
    const { inner, adapter, read } = switched();
    for (let call = 0; call < 3; call += 1) await read('a');
    expect(await read('a', 'b')).toMatchObject([
      { ok: false, error: { code: 'UNAVAILABLE', outcome: 'not-applied' } },
      { ok: false },
    ]);
    expect(await adapter.remove([{ key: 'a' }], until())).toMatchObject([{ ok: false }]);
    expect(inner.given).toHaveLength(3);
  });

  test('an empty batch is empty, open or not, and tries nothing', async () => {
    const { clock, inner, adapter, read } = switched();
    for (let call = 0; call < 3; call += 1) await read('a');
    expect(await read()).toEqual([]);
    clock.advance(100);
    expect(await adapter.write([], until())).toEqual([]);
    const before = inner.given.length;
    await read('a');
    expect(inner.given).toHaveLength(before + 1);
  });

  test('lets one try, and the others wait for what becomes of it', async () => {
    const { clock, state, inner, read } = switched();
    for (let call = 0; call < 3; call += 1) await read('a');
    clock.advance(100);
    await Promise.all([read('a'), read('b')]);
    expect(inner.given.slice(3).map(({ keys }) => keys)).toEqual([['a']]);
    clock.advance(99);
    await read('c');
    expect(inner.given).toHaveLength(4);
    state.now = ok;
    clock.advance(1);
    expect(await read('d')).toEqual([ok('d')]);
    expect(await read('e')).toEqual([ok('e')]);
  });

  test('what fails in part, or is refused by the server, is an answer', async () => {
    const { state, inner, read } = switched();
    state.now = (key) => (key === 'a' ? failed(OUT) : ok(key));
    for (let call = 0; call < 5; call += 1) await read('a', 'b');
    // It begins the count anew, too.
    for (const keys of [['a'], ['a'], ['a', 'b'], ['a'], ['a']]) await read(...keys);
    state.now = () => failed(NEVER);
    for (let call = 0; call < 5; call += 1) await read('a');
    expect(inner.given).toHaveLength(15);
  });

  test('a success in between begins the count anew', async () => {
    const { state, inner, read } = switched();
    for (let call = 0; call < 6; call += 1) {
      state.now = call % 3 === 2 ? ok : () => failed(OUT);
      await read('a');
    }
    expect(inner.given).toHaveLength(6);
  });

  test('a call that was given up says nothing of the server', async () => {
    const { clock, state, inner, adapter, read } = switched();
    // Late or aborted before it begins: such calls neither open it ...
    const late = until(clock.monotonic());
    state.now = () => failed({ ...OUT, code: 'TIMEOUT' });
    for (let call = 0; call < 4; call += 1) await adapter.read(['a'], late);
    state.now = ok;
    expect(await read('a')).toEqual([ok('a')]);
    // ... nor close it, nor take the place of the one that tries.
    state.now = () => failed(OUT);
    for (let call = 0; call < 3; call += 1) await read('a');
    clock.advance(100);
    state.now = () => failed({ ...OUT, code: 'ABORTED' });
    await adapter.read(['a'], until(undefined, AbortSignal.abort()));
    const before = inner.given.length;
    await read('a');
    expect(inner.given).toHaveLength(before + 1);
    await read('a');
    expect(inner.given).toHaveLength(before + 1);
  });

  test.each([0, 0.5])('refuses %s failures', (failures) => {
    expect(() => circuitBreaker(toldAdapter(ok), { failures })).toThrow(/failures/);
  });
});

describe('metrics', () => {
  test('counts items and failures, and measures by the clock', async () => {
    const clock = new ManualClock();
    const inner = toldAdapter((key) => {
      clock.advance(3);
      return key === 'b' ? failed(NEVER) : ok(key);
    }, 'inner');
    const told: Measurement[] = [];
    const adapter = metrics(inner, (one) => void told.push(one), { clock });
    await adapter.read(['a', 'b'], until());
    await adapter.touch([{ key: 'a', ttlMs: 1 }], until());
    expect(told).toEqual([
      { adapter: 'inner', operation: 'read', items: 2, failures: 1, durationMs: 6 },
      { adapter: 'inner', operation: 'touch', items: 1, failures: 0, durationMs: 3 },
    ]);
  });

  test('a sink that throws harms nobody', async () => {
    const adapter = metrics(toldAdapter(ok), () => {
      throw new Error('full');
    });
    expect(await adapter.read(['a'], until())).toEqual([ok('a')]);
  });
});
