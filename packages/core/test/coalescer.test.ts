import { beforeEach, describe, expect, test } from 'vitest';
import { Coalescer, type Wait } from '../src/cache/coalescer.ts';
import { ok } from '../src/index.ts';
import { heldAdapter, ManualClock, microtasks } from './fake.ts';

const wait: Wait = { timeoutMs: 500, signal: undefined };
let clock: ManualClock;
let adapter: ReturnType<typeof heldAdapter>;
let coalescer: Coalescer<string>;

beforeEach(() => {
  clock = new ManualClock();
  adapter = heldAdapter();
  coalescer = new Coalescer(adapter, clock, 2);
});

const sent = (): string[] => adapter.held.map(({ method, keys }) => `${method} ${keys.join(' ')}`);
const read = (key: string) => coalescer.read(key, 'record', wait);
const write = (key: string) => coalescer.write({ key, payload: 'p', ttlMs: null }, wait);
const remove = (key: string) => coalescer.remove({ key }, wait);
const stored = (payload: string) => ok({ payload, version: payload });
const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (failure) => failure,
  );

describe('idle', () => {
  test('a burst leaves in a microtask as one batch, each key once, with the record', async () => {
    const answers = [read('a'), read('b'), read('a')];
    expect(sent()).toEqual([]);
    await microtasks();
    expect(sent()).toEqual(['read a record b']);
    adapter.held[0]?.answer([stored('A'), stored('R'), ok(undefined)]);
    expect(await Promise.all(answers)).toEqual([
      { stored: { payload: 'A', version: 'A' }, record: { payload: 'R', version: 'R' } },
      { stored: undefined, record: { payload: 'R', version: 'R' } },
      { stored: { payload: 'A', version: 'A' }, record: { payload: 'R', version: 'R' } },
    ]);
    expect(clock.timers).toBe(0);
  });
});

describe('with a batch under way', () => {
  test('calls are gathered until the turn ends', async () => {
    void read('a').catch(() => undefined);
    await microtasks();
    void read('b').catch(() => undefined);
    await microtasks();
    void read('c').catch(() => undefined);
    await microtasks();
    expect(sent()).toEqual(['read a record']);
    clock.endTurn();
    expect(sent()).toEqual(['read a record', 'read b record c']);
  });

  test('no more than maxConcurrency batches leave, and the others answer BUSY at their deadline', async () => {
    void read('a').catch(() => undefined);
    await microtasks();
    void read('b').catch(() => undefined);
    clock.endTurn();
    const late = coalescer.read('c', undefined, { timeoutMs: 100, signal: undefined });
    const outcome = outcomeOf(late);
    clock.endTurn();
    expect(sent()).toHaveLength(2);
    clock.advance(130);
    expect(await outcome).toMatchObject({ code: 'BUSY', outcome: 'not-applied' });
  });
});

describe('calls on one key', () => {
  test('leave in the order in which they were made, those on other keys beside them', async () => {
    coalescer = new Coalescer(adapter, clock, 10);
    for (const call of [read('a'), write('b'), write('a'), read('a'), remove('a'), write('b')])
      call.catch(() => undefined);
    await microtasks();
    // A batch sends its reads first, so an effect may join after a read, but no read after an effect.
    expect(sent()).toEqual(['read a record', 'write b a', 'read a record', 'write b', 'remove a']);
  });

  test('of one kind share a batch, in order', async () => {
    for (const call of [write('a'), write('b'), write('a')]) call.catch(() => undefined);
    await microtasks();
    expect(sent()).toEqual(['write a b a']);
  });
});

describe('an adapter that does not answer', () => {
  test('leaves reads not applied and effects unknown, at the deadline and its grace', async () => {
    const outcomes = Promise.all([outcomeOf(read('a')), outcomeOf(write('b'))]);
    await microtasks();
    expect(adapter.held[0]?.call.deadline).toBe(clock.monotonic() + 500);
    clock.advance(526);
    expect(await outcomes).toMatchObject([
      { code: 'TIMEOUT', outcome: 'not-applied' },
      { code: 'TIMEOUT', outcome: 'unknown' },
    ]);
    expect(clock.timers).toBe(0);
  });

  test('does not keep the next batches for ever', async () => {
    for (const key of ['a', 'b']) {
      outcomeOf(read(key));
      await microtasks();
      clock.endTurn();
    }
    clock.advance(526);
    outcomeOf(read('c'));
    await microtasks();
    expect(sent().at(-1)).toBe('read c record');
  });

  test('keeps a call with a shorter timeout no longer than that', async () => {
    const long = outcomeOf(read('a'));
    const short = outcomeOf(coalescer.read('b', undefined, { timeoutMs: 50, signal: undefined }));
    await microtasks();
    expect(sent()).toEqual(['read a record b']);
    clock.advance(76);
    expect(await short).toMatchObject({ code: 'TIMEOUT' });
    adapter.held[0]?.answer([stored('A'), stored('R'), ok(undefined)]);
    expect(await long).toBe('done');
  });
});

describe('a broken adapter', () => {
  test.each([
    ['answers too few', (): unknown => []],
    ['answers nothing', (): unknown => undefined],
  ])('that %s is an INTERNAL failure', async (_name, outcomes) => {
    const outcome = outcomeOf(write('a'));
    await microtasks();
    adapter.held[0]?.answer(outcomes() as never);
    expect(await outcome).toMatchObject({ code: 'INTERNAL', outcome: 'unknown' });
  });

  test('that throws is an INTERNAL failure', async () => {
    adapter.read = () => {
      throw new Error('broken');
    };
    expect(await outcomeOf(read('a'))).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('broken'),
    });
  });
});

describe('aborting', () => {
  test('a call that waits keeps it from leaving; one under way is unknown; neither aborts its batch', async () => {
    const early = new AbortController();
    const late = new AbortController();
    const aborted = outcomeOf(
      coalescer.write({ key: 'a', payload: 'p', ttlMs: null }, { timeoutMs: 500, signal: early.signal }),
    );
    const under = outcomeOf(
      coalescer.write({ key: 'b', payload: 'p', ttlMs: null }, { timeoutMs: 500, signal: late.signal }),
    );
    const other = write('c');
    early.abort();
    await microtasks();
    late.abort();
    expect(sent()).toEqual(['write b c']);
    adapter.held[0]?.answer([ok({ written: true, version: 'x' }), ok({ written: true, version: 'y' })]);
    expect(await aborted).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    expect(await under).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(await other).toEqual({ written: true, version: 'y' });
  });
});

describe('closing', () => {
  test('waits for what is under way and refuses what comes', async () => {
    const under = outcomeOf(read('a'));
    await microtasks();
    let closed = false;
    const closing = coalescer.close().then(() => {
      closed = true;
    });
    expect(await outcomeOf(read('b'))).toMatchObject({ code: 'CLOSED' });
    expect(closed).toBe(false);
    adapter.held[0]?.answer([stored('A'), stored('R')]);
    await closing;
    expect(await under).toBe('done');
  });
});
