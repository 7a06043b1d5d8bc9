import { describe, expect, test, vi } from 'vitest';
import { type CacheError, memoryJournal } from '../../src/index.ts';
import { openBehind, settled } from './behind.ts';

describe('the bound', () => {
  test('at the bound writes wait, in order, and go on as the source takes some', async () => {
    const { repository, store, pass } = openBehind({ bound: { writes: 5 } });
    let down = true;
    store.before = () => {
      if (down) throw new Error('down');
    };
    let accepted = 0;
    const writes = Array.from({ length: 12 }, (_, i) =>
      repository.set(`k${i}`, i).then(() => {
        accepted += 1;
      }),
    );
    await pass(10_000, 500);
    expect(accepted).toBe(5);
    expect(repository.stats()).toMatchObject({ pending: 5, waiting: 7 });
    down = false;
    await pass(5000, 100);
    await Promise.all(writes);
    await pass(1000, 100);
    expect(store.rows.size).toBe(12);
  });

  test('who waits too long, or is aborted, or may not wait, is told that nothing was accepted', async () => {
    const { repository, pass, store } = openBehind({ bound: { writes: 1 }, batch: { interval: '1h' } });
    await repository.set('a', 1);
    const controller = new AbortController();
    const failed = Promise.allSettled([
      repository.set('b', 1, { timeout: '1s' }),
      repository.set('c', 1, { signal: controller.signal }),
      repository.set('d', 1),
    ]);
    await settled();
    controller.abort();
    await pass(30_000, 1000);
    const codes = (await failed).map((result) => result.status === 'rejected' && result.reason.code);
    expect(codes).toEqual(['BUSY', 'ABORTED', 'BUSY']);
    const refusing = openBehind({ bound: { writes: 1, full: 'reject' } });
    await refusing.repository.set('a', 1);
    await expect(refusing.repository.set('b', 1)).rejects.toMatchObject({
      code: 'BUSY',
      retryable: true,
      outcome: 'not-applied',
      key: 'b',
    });
    await pass(3_600_000);
    expect([...store.rows.keys()]).toEqual(['a']);
  });

  test('by bytes, and one that exceeds all of it is refused', async () => {
    const { repository } = openBehind({ bound: { bytes: 40, full: 'reject' } });
    await repository.set('a', 1);
    await repository.set('b', 1);
    await expect(repository.set('c', 1)).rejects.toMatchObject({ code: 'BUSY' });
    await expect(repository.set('long'.repeat(10), 1)).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE' });
  });
});

test('a small write does not pass a large one that waits', async () => {
  const { repository, store, pass } = openBehind({ bound: { bytes: 50 } });
  await repository.set('x', 1);
  await repository.set('y', 1);
  const large = repository.set('a', 1_234_567_890_123_456);
  const small = repository.set('a', 2);
  await pass(1000, 100);
  await Promise.all([large, small]);
  await pass(1000, 100);
  expect(store.rows.get('a')).toBe(2);
});

describe('flush and close', () => {
  test('flush waits for what was accepted before, and not for an interval', async () => {
    const { repository, store } = openBehind({ batch: { interval: '1h' } });
    await repository.set('a', 1);
    await repository.set('a', 2);
    await repository.flush();
    expect([...store.rows]).toEqual([['a', 2]]);
    await repository.flush();
  });

  test('flush says when it did not succeed', async () => {
    const { repository, store, pass } = openBehind();
    store.before = () => {
      throw new Error('down');
    };
    await repository.set('a', 1);
    const flushed = repository.flush({ timeout: '5s' }).catch((error: CacheError) => error);
    await pass(6000, 500);
    expect(await flushed).toMatchObject({ code: 'TIMEOUT', message: /1 writes are left/ });
    expect(repository.stats().pending).toBe(1);
  });

  test('close drains, refuses further writes, and leaves no timer', async () => {
    const { repository, store, clock } = openBehind({ batch: { interval: '1h' } });
    await repository.set('a', 1);
    const unawaited = repository.set('b', 1);
    await repository.close();
    await unawaited;
    expect(store.rows.size).toBe(2);
    await expect(repository.set('c', 1)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(clock.timers).toBe(0);
    await repository.close();
  });

  test('close says what is left after its deadline, and who waits is refused', async () => {
    const { repository, store, clock, pass } = openBehind({ bound: { writes: 2 }, drainTimeout: '3s' });
    store.before = (call) => {
      if (call === 'set b=1') throw new Error('deadlock detected');
      return new Promise(() => undefined);
    };
    await repository.set('b', 1);
    await pass(200);
    await repository.set('a', 1);
    const waits = repository.set('c', 1).catch((error: CacheError) => error);
    await settled();
    const closed = repository.close().catch((error: CacheError) => error);
    expect(await waits).toMatchObject({ code: 'CLOSED' });
    await pass(3000, 500);
    expect(await closed).toMatchObject({ code: 'TIMEOUT', message: /2 writes are left.*lost/ });
    expect(repository.stats().pending).toBe(2);
    expect(clock.timers).toBe(0);
  });

  test.each([
    ['claim', 'not-applied', /not answered after 100 ms: it took no write/],
    ['append', 'unknown', /not answered after 100 ms: nobody knows/],
    ['close', 'applied', /not ended; no write is left/],
  ] as const)(
    'close waits no longer for a journal whose %s does not answer',
    async (silent, outcome, message) => {
      const silence = vi.fn(() => new Promise<never>(() => undefined));
      const { repository, clock, pass, store } = openBehind({
        journal: { ...memoryJournal(), [silent]: silence },
      });
      const write = repository.set('k', 1).catch((error: CacheError) => error);
      await settled();
      const next = repository.set('k', 2).catch((error: CacheError) => error);
      await settled();
      const closed = repository.close({ timeout: 100 }).catch((error: CacheError) => error);
      await pass(1101, 50);
      expect(silence).toHaveBeenCalled();
      expect(await closed).toMatchObject({ code: 'TIMEOUT', outcome, message });
      if (silent === 'append') expect(await next).toMatchObject({ code: 'CLOSED' });
      if (silent === 'close') expect([await write, store.rows.get('k')]).toEqual([undefined, 2]);
      expect(clock.timers).toBe(0);
    },
  );

  test('close tells of the writes that are left before it tells of a journal that does not end', async () => {
    const silence = () => new Promise<never>(() => undefined);
    const { repository, store, pass } = openBehind({ journal: { ...memoryJournal(), close: silence } });
    store.before = silence;
    await repository.set('k', 1);
    const closed = repository.close({ timeout: 100 }).catch((error: CacheError) => error);
    await pass(2000, 50);
    expect(await closed).toMatchObject({ message: /1 writes are left after 100 ms/ });
  });

  test('close with a source that fails leaves no timer either', async () => {
    const { repository, store, clock, pass } = openBehind({ drainTimeout: '3s' });
    store.before = () => {
      throw new Error('down');
    };
    await repository.set('a', 1);
    await pass(200);
    const closed = repository.close().catch((error: CacheError) => error);
    await pass(3000, 100);
    expect(await closed).toMatchObject({ code: 'TIMEOUT' });
    expect(clock.timers).toBe(0);
  });
});
