import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Failure } from '@cache/core';
import type { Bench } from '../../kit/bench.ts';
import { failureOf, valueIn, within } from '../../kit/check.ts';
import { type AdapterMethod, methodsOf } from '../../kit/methods.ts';
import { type AdapterRule, group } from '../../rule.ts';

/** The adapter's own life. */
export const lifecycle: readonly AdapterRule[] = group('closed', {
  refuses: [
    'After `close`, every method answers CLOSED for each item, not applied.',
    async (bench) => {
      const methods = methodsOf(bench);
      await bench.adapter.close();
      for (const method of methods) {
        await refuses(bench, method, bench.call(), 'CLOSED');
      }
    },
  ],
  scan: [
    'After `close`, a scan answers CLOSED.',
    'scan',
    async (bench) => {
      await bench.adapter.close();
      const outcome = await bench.adapter.scan?.page({ prefix: bench.prefix }, undefined, 10, bench.call());
      equal(failureOf(outcome, 'page').code, 'CLOSED');
    },
  ],
  twice: [
    '`close` may be called again, at the same time or later, and resolves.',
    async (bench) => {
      await bench.put(bench.key());
      await within(
        bench.patienceMs,
        'two calls of close',
        Promise.all([bench.adapter.close(), bench.adapter.close()]),
      );
      await within(bench.patienceMs, 'a third call of close', bench.adapter.close());
    },
  ],
  pending: [
    'Calls under way when `close` is called settle: with their answer, or with a failure.',
    async (bench) => {
      const key = bench.key();
      await bench.put(key);
      const pending = methodsOf(bench).map((method) => method.batch([bench.key(), key], bench.call()));
      const closing = bench.adapter.close();
      const answers = await within(bench.patienceMs, 'the calls under way', Promise.all(pending));
      for (const outcomes of answers) {
        equal(outcomes.length, 2);
        for (const outcome of outcomes) if (outcome.ok !== true) failureOf(outcome, 'a pending call');
      }
      await within(bench.patienceMs, 'close', closing);
    },
  ],
});

/** Traits: what holds for every method. */
export const traits: readonly AdapterRule[] = group('every', {
  cancelled: [
    'A call whose signal was aborted before answers ABORTED for each item, not applied, and changes nothing.',
    async (bench) => {
      for (const method of methodsOf(bench)) {
        await refuses(bench, method, bench.call(AbortSignal.abort()), 'ABORTED');
      }
    },
  ],
  late: [
    'A call whose deadline has passed before answers TIMEOUT for each item, not applied, and changes nothing.',
    async (bench) => {
      for (const method of methodsOf(bench)) {
        await refuses(bench, method, { deadline: bench.deadline(-1) }, 'TIMEOUT');
      }
    },
  ],
  abort: [
    'A call whose signal is aborted while it is under way settles, and the adapter goes on working.',
    async (bench) => {
      for (const method of methodsOf(bench)) {
        const key = bench.key();
        const controller = new AbortController();
        const answer = method.batch([key], bench.call(controller.signal));
        controller.abort();
        const [outcome] = await within(bench.patienceMs, method.name, answer);
        if (outcome?.ok !== true) equal(failureOf(outcome, method.name).code, 'ABORTED');
      }
      const key = bench.key();
      const payload = bench.payload();
      await bench.put(key, payload);
      await bench.holds(key, payload);
    },
  ],
  listeners: [
    'A call takes its listeners off the signal when it settles.',
    async (bench) => {
      const { signal } = new AbortController();
      let listeners = 0;
      const { addEventListener, removeEventListener } = signal;
      const once = new Set<unknown>();
      signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
        listeners += 1;
        once.add(args[1]);
        addEventListener.apply(signal, args);
      };
      signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
        if (once.delete(args[1])) listeners -= 1;
        removeEventListener.apply(signal, args);
      };
      for (const method of methodsOf(bench)) {
        await method.batch([bench.key()], bench.call(signal));
        equal(listeners, 0, `${method.name} left a listener`);
      }
    },
  ],
  promise: [
    'Every method answers a promise, at once and before it has an effect on the caller.',
    async (bench) => {
      for (const method of methodsOf(bench)) {
        const answer: unknown = method.batch([bench.key()], bench.call());
        ok(answer instanceof Promise, `${method.name} answered no promise`);
        ok(Array.isArray(await answer), `${method.name} answered no array`);
      }
    },
  ],
  concurrent: [
    'Calls of every method at the same time on keys of their own do not disturb one another.',
    async (bench) => {
      await Promise.all(Array.from({ length: 40 }, (_, i) => alone(bench, i)));
    },
  ],
});

/** Two calls made one after the other on one key, the first not awaited. */
export const order: readonly AdapterRule[] = group('order', {
  writes: [
    'Of writes made one after the other without waiting the last one counts.',
    async (bench) => {
      const key = bench.key();
      const payloads = Array.from({ length: 50 }, (_, i) =>
        bench.payload(String(i).repeat((i * 7919) % 4000)),
      );
      await Promise.all(payloads.map((payload) => bench.put(key, payload)));
      await bench.holds(key, payloads[49]);
    },
  ],
  'write-read': [
    'A read made after a write without waiting sees it; one made before does not.',
    async (bench) => {
      const key = bench.key();
      const [before, after] = [bench.payload('before'), bench.payload('after')];
      await bench.put(key, before);
      const [early, , late] = await Promise.all([bench.read(key), bench.put(key, after), bench.read(key)]);
      bench.same(early?.payload, before, 'the read before');
      bench.same(late?.payload, after, 'the read after');
    },
  ],
  'write-remove': [
    'A removal made after a write without waiting removes it; a write made after a removal stays.',
    async (bench) => {
      const [gone, there] = bench.keys(2) as [string, string];
      const payload = bench.payload();
      const [, removed] = await Promise.all([bench.put(gone), bench.remove(gone)]);
      equal(removed, true);
      equal(await bench.read(gone), undefined);
      await bench.put(there);
      const [taken] = await Promise.all([bench.remove(there), bench.put(there, payload)]);
      equal(taken, true);
      await bench.holds(there, payload);
    },
  ],
  'conditional-plain': [
    'Conditional and unconditional writes keep their order, too.',
    async (bench) => {
      const [one, two] = bench.keys(2) as [string, string];
      const payload = bench.payload('plain');
      const [conditional] = await Promise.all([
        bench.write(one, bench.payload(), 'absent'),
        bench.put(one, payload),
      ]);
      equal(conditional.written, true);
      await bench.holds(one, payload);
      const [, refused] = await Promise.all([
        bench.put(two, payload),
        bench.write(two, bench.payload(), 'absent'),
      ]);
      equal(refused.written, false);
      await bench.holds(two, payload);
    },
  ],
  'write-touch': [
    'A touch made after a write without waiting finds it, and a removal made after a touch removes.',
    async (bench) => {
      const key = bench.key();
      const results = await Promise.all([
        bench.put(key),
        bench.touch(key, 3_600_000),
        bench.remove(key),
        bench.touch(key, 3_600_000),
      ]);
      deepEqual(results.slice(1), [true, true, false]);
      equal(await bench.read(key), undefined);
    },
  ],
  counters: [
    'Additions made one after the other without waiting answer in that order, and a removal between them starts anew.',
    'counters',
    async (bench) => {
      const key = bench.key();
      const add = async (): Promise<bigint> => {
        const addition = { key, by: 1n, initial: 0n, ttlMs: 600_000 };
        return valueIn((await bench.adapter.counters?.add([addition], bench.call()))?.[0], 'add');
      };
      deepEqual(await Promise.all([add(), add(), bench.remove(key), add()]), [1n, 2n, true, 1n]);
    },
  ],
  'counters-far': [
    'The same where a counter is far from 0 and the amounts differ, in one batch as well as in several.',
    'counters',
    async (bench) => {
      const FAR = 2n ** 62n;
      const amounts = [-200n, FAR, -1n, 1n];
      const sums = [FAR - 100n, 2n * FAR - 100n, 2n * FAR - 101n, 2n * FAR - 100n];
      for (const by of [(n: bigint) => n, (n: bigint) => -n]) {
        const add = async (key: string, ...more: bigint[]): Promise<bigint[]> => {
          const items = more.map((n) => ({ key, by: by(n), initial: by(FAR + 100n), ttlMs: 600_000 }));
          const outcomes = (await bench.adapter.counters?.add(items, bench.call())) ?? [];
          return outcomes.map((outcome) => valueIn(outcome, 'add'));
        };
        const [one, other] = [bench.key(), bench.key()];
        await Promise.all([add(one, 0n), add(other, 0n)]);
        deepEqual(await add(one, ...amounts), sums.map(by));
        const apart = Promise.all(amounts.map((amount) => add(other, amount)));
        const removed = bench.remove(other);
        const anew = add(other, 0n);
        deepEqual((await apart).flat(), sums.map(by));
        deepEqual([await removed, await anew], [true, [by(FAR + 100n)]]);
      }
    },
  ],
});

/** Calls a method in a way that it must refuse for every item, and rejects unless it did, and did nothing. */
async function refuses(
  bench: Bench,
  method: AdapterMethod,
  call: Parameters<AdapterMethod['batch']>[1],
  code: Failure['code'],
): Promise<void> {
  const closed = code === 'CLOSED';
  const keys = bench.keys(2);
  const checks = closed ? [] : await Promise.all(keys.map((key) => method.prepare(bench, key)));
  const outcomes = await within(bench.patienceMs, method.name, method.batch(keys, call));
  equal(outcomes.length, 2, `${method.name} answered ${outcomes.length} outcomes for 2 items`);
  for (const outcome of outcomes) {
    const failure = failureOf(outcome, method.name);
    equal(failure.code, code, `${method.name} failed with ${failure.code}`);
    equal(failure.outcome, 'not-applied', `${method.name} says ${failure.outcome}`);
  }
  for (const check of checks) await check();
}

/** The life of one key from write to removal, which nobody else may disturb. */
async function alone(bench: Bench, i: number): Promise<void> {
  const key = bench.key();
  const payload = bench.payload(`number ${i}`);
  const version = await bench.put(key, payload);
  await bench.holds(key, payload);
  equal(await bench.touch(key, 3_600_000), true);
  const next = bench.payload(`number ${i} again`);
  equal((await bench.write(key, next, { version })).written, true);
  await bench.holds(key, next);
  equal(await bench.remove(key), true);
  equal(await bench.read(key), undefined);
}
