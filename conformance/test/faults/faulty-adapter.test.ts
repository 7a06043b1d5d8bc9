import type { Adapter, Call, Outcome, Stored, SyncStore } from '@cache/core';
import { describe, expect, test } from 'vitest';
import { type AdapterFault, faultyAdapter } from '../../src/faults/faulty-adapter.ts';
import { Gate } from '../../src/faults/gate.ts';

const call: Call = { deadline: Number.POSITIVE_INFINITY };

/** A store with private fields, as adapters are written. */
class Tiny implements Adapter<string> {
  readonly name = 'tiny';
  readonly payload = 'reference';
  readonly limits = { maxKeyBytes: 10, maxValueBytes: 10, maxTtlMs: 10, ttlResolutionMs: 1 };
  readonly sync: SyncStore<string> = {
    get: (key) => this.#all.get(key),
    set: (key, payload) => this.#all.set(key, payload),
    delete: (key) => this.#all.delete(key),
    clear: () => this.#all.clear(),
  };
  readonly #all: Map<string, string> = new Map();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  async read(keys: readonly string[]): Promise<Outcome<Stored<string> | undefined>[]> {
    return keys.map((key) => {
      const payload = this.#all.get(key);
      return { ok: true, value: payload === undefined ? undefined : { payload, version: payload } };
    });
  }

  async write(writes: Parameters<Adapter<string>['write']>[0]): ReturnType<Adapter['write']> {
    for (const { key, payload } of writes) this.#all.set(key, payload);
    return writes.map(({ payload }) => ({ ok: true, value: { written: true, version: payload } }));
  }

  async remove(): Promise<Outcome<boolean>[]> {
    return [];
  }

  async touch(): Promise<Outcome<boolean>[]> {
    return [];
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

const item = { key: 'a', payload: '1', ttlMs: null };

function first(fault: AdapterFault): { inner: Tiny; outer: Adapter<string> } {
  const inner = new Tiny();
  return {
    inner,
    outer: faultyAdapter<Adapter<string>>(inner, (_method, index) => (index === 0 ? fault : undefined)),
  };
}

test('without a fault everything passes, facets but for `sync`, getters and close included', async () => {
  const inner = new Tiny();
  const asked: string[] = [];
  const outer = faultyAdapter(inner, (method, index) => {
    asked.push(`${method} ${index}`);
    return undefined;
  });
  expect(await outer.write([item])).toEqual([{ ok: true, value: { written: true, version: '1' } }]);
  await outer.read(['a']);
  expect(await outer.read(['a'])).toEqual([{ ok: true, value: { payload: '1', version: '1' } }]);
  expect(asked).toEqual(['write 0', 'read 0', 'read 1']);
  expect('sync' in outer).toBe(false);
  expect('scan' in outer).toBe(false);
  expect([outer.name, outer.limits]).toEqual([inner.name, inner.limits]);
  await outer.close();
  expect(outer.closed).toBe(true);
});

describe('before the inner adapter', () => {
  test('throw', async () => {
    const error = new Error('mine');
    const { inner, outer } = first({ kind: 'throw', error });
    expect(() => outer.write([item], call)).toThrow(error);
    expect(inner.sync.get('a')).toBeUndefined();
    await outer.write([item], call);
    expect(inner.sync.get('a')).toBe('1');
  });

  test('reject', async () => {
    const { inner, outer } = first({ kind: 'reject' });
    await expect(outer.write([item], call)).rejects.toMatchObject({ message: 'write rejects' });
    expect(inner.sync.get('a')).toBeUndefined();
  });

  test('hang', async () => {
    const { inner, outer } = first({ kind: 'hang' });
    const settled = outer.write([item], call).then(() => 'settled');
    // By the time that a later call has settled, this one would have.
    const other = outer.write([{ ...item, key: 'b' }], call).then(() => 'other');
    expect(await Promise.race([settled, other])).toBe('other');
    expect(inner.sync.get('a')).toBeUndefined();
  });

  test('fail: every item', async () => {
    const { inner, outer } = first({ kind: 'fail', failure: { code: 'SERVER' } });
    const answers = await outer.write([item, item], call);
    expect(answers).toHaveLength(2);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        ok: false,
        error: { code: 'SERVER', retryable: true, outcome: 'not-applied' },
      });
    }
    expect(inner.sync.get('a')).toBeUndefined();
  });
});

describe('after the inner adapter', () => {
  test('lose: applied, and nobody knows', async () => {
    const { inner, outer } = first({ kind: 'lose' });
    expect(await outer.write([item], call)).toMatchObject([{ ok: false, error: { outcome: 'unknown' } }]);
    expect(inner.sync.get('a')).toBe('1');
    expect(await outer.read(['a'], call)).toMatchObject([{ ok: false, error: { outcome: 'not-applied' } }]);
  });

  test('lose by rejection', async () => {
    const error = new Error('lost');
    const { inner, outer } = first({ kind: 'lose', error });
    await expect(outer.write([item], call)).rejects.toBe(error);
    expect(inner.sync.get('a')).toBe('1');
  });
});

describe('delay', () => {
  test.each([
    ['before', undefined],
    ['after', '1'],
  ] as const)('%s the inner adapter, until the gate is opened', async (moment, seen) => {
    const gate = new Gate();
    const { inner, outer } = first({ kind: 'delay', gate, moment });
    const answer = outer.write([item], call);
    await gate.arrived();
    expect(inner.sync.get('a')).toBe(seen);
    gate.open();
    expect(await answer).toMatchObject([{ ok: true }]);
    expect(inner.sync.get('a')).toBe('1');
    await gate.pass();
    await gate.arrived(2);
  });
});
