import { deepEqual, equal, ok } from 'node:assert/strict';
import type { CacheError, Failure } from '@cache/core';
import { TEN_MINUTES } from '../../kit/bench.ts';
import { type CacheBench, rejection } from '../../kit/cache-bench.ts';
import { type CacheMethod, cacheMethodsOf } from '../../kit/cache-methods.ts';
import { within } from '../../kit/check.ts';
import { type Around, around } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const DOWN: Failure = {
  code: 'UNAVAILABLE',
  message: 'no connection',
  retryable: true,
  outcome: 'not-applied',
};
const TIMEOUT_MS = 40;
const LATE_MS = 5000;
const EFFECTS = ['write', 'remove', 'touch', 'readAndTouch', 'add', 'addFloat'];

export const failures: readonly CacheRule[] = group('cache/failures', {
  'reads-open': [
    'While the server fails, get, getMany and getBytes answer a miss, lookup answers `unavailable`, and getOrSet loads; each tells an `error` event that was swallowed.',
    async (bench) => {
      for (const method of cacheMethodsOf(bench)) {
        if (method.failsOpen === undefined) continue;
        const cache = broken(bench, async (_name, items) => items.map(() => ({ ok: false, error: DOWN })));
        const events: boolean[] = [];
        cache.on('error', ({ error, swallowed }) => {
          events.push(swallowed);
          equal(error.code, 'UNAVAILABLE');
          equal(error.operation, method.name);
        });
        const answer = await method.call(cache, 'k');
        ok(method.failsOpen(answer), `${method.name} answered ${JSON.stringify(answer)}`);
        ok(events.length > 0 && events.every(Boolean), `${method.name} told ${events.length} events`);
      }
    },
  ],
  'reads-closed': [
    "With `onReadFailure: 'throw'`, get, getMany, getBytes and lookup reject instead.",
    async (bench) => {
      const answer: Around = async (_name, items) => items.map(() => ({ ok: false, error: DOWN }));
      const cache = bench.cache({ adapter: around(bench.adapter, answer), onReadFailure: 'throw' });
      for (const method of cacheMethodsOf(bench)) {
        if (method.failsOpen === undefined || method.name === 'getOrSet') continue;
        await rejection('UNAVAILABLE', method.name, () => method.call(cache, 'k'));
      }
    },
  ],
  'rest-loud': [
    'While the server fails, every method but those reads rejects, with the code, key and operation, and with what became of the effect.',
    async (bench) => {
      for (const outcome of ['not-applied', 'unknown'] as const) {
        const failure: Failure = { ...DOWN, outcome };
        const cache = broken(bench, async (name, items, go) => {
          return EFFECTS.includes(name) ? items.map(() => ({ ok: false, error: failure })) : await go();
        });
        await cache.set('k', 1).catch(() => undefined);
        await bench.cache().set('k', 1, { grace: '1h' });
        for (const method of cacheMethodsOf(bench)) {
          if (method.failsOpen !== undefined || ['has', 'ttl'].includes(method.name)) continue;
          const key = method.name === 'add' ? 'absent' : 'k';
          const error = await rejection(['UNAVAILABLE', 'PARTIAL'], method.name, () =>
            method.call(cache, key),
          );
          const inner = partOf(error, method, key);
          equal(inner.code, 'UNAVAILABLE', method.name);
          equal(inner.outcome, outcome, method.name);
          equal(error.outcome, outcome, method.name);
          equal(inner.retryable, true);
          equal(inner.operation, method.name);
        }
      }
    },
  ],
  'rest-loud-reads': [
    'has and ttl reject while the server fails: no answer is better than a wrong one.',
    async (bench) => {
      const cache = broken(bench, async (_name, items) => items.map(() => ({ ok: false, error: DOWN })));
      await rejection('UNAVAILABLE', 'has', () => cache.has('k'));
      await rejection('UNAVAILABLE', 'ttl', () => cache.ttl('k'));
    },
  ],
  hangs: [
    'With an adapter that never answers, every call settles soon after its timeout: reads as misses, everything else with TIMEOUT, `unknown` if the effect was handed over and `not-applied` if not.',
    async (bench) => {
      const settles = async (method: CacheMethod): Promise<void> => {
        const handed: string[] = [];
        let hanging = false;
        const cache = broken(bench, (name, _items, go) => {
          if (!hanging) return go();
          handed.push(name);
          return new Promise(() => {});
        });
        await cache.set('k', 1, { grace: '1h' });
        hanging = true;
        const call = (): Promise<unknown> =>
          within(LATE_MS, method.name, method.call(cache, 'k', { timeout: TIMEOUT_MS }));
        if (method.failsOpen !== undefined) {
          const answer = await call();
          ok(method.failsOpen(answer), `${method.name} answered ${JSON.stringify(answer)}`);
          return;
        }
        const error = await rejection(['TIMEOUT', 'PARTIAL'], method.name, call);
        const effect = handed.some((name) => EFFECTS.includes(name));
        equal(partOf(error, method, 'k').code, 'TIMEOUT');
        equal(
          error.outcome,
          effect ? 'unknown' : 'not-applied',
          `${method.name}, which handed over ${handed.join(', ')}`,
        );
      };
      await Promise.all(cacheMethodsOf(bench).map(settles));
    },
  ],
  throws: [
    'An adapter that throws or rejects, though it must not, leaves no call unsettled and no rejection unhandled: reads are misses, everything else rejects.',
    async (bench) => {
      const secret = new Error('driver bug');
      const faults: Around[] = [
        () => {
          throw secret;
        },
        () => Promise.reject(secret),
      ];
      for (const fault of faults) await survives(bench, fault);
    },
  ],
  malformed: [
    'An adapter that answers no list, too few or too many outcomes, or what is no outcome, leaves no call unsettled: reads are misses, everything else rejects with INTERNAL.',
    async (bench) => {
      const answers: readonly unknown[] = [
        undefined,
        null,
        [],
        {},
        'no',
        [undefined],
        [null],
        [{}],
        [5],
        [{ ok: false }],
      ];
      for (const answer of answers) await survives(bench, async () => answer as never, answer);
      const result = { ok: true, value: undefined } as const;
      await survives(bench, async (_name, items) => [...items.map(() => result), result]);
    },
  ],
  'load-goes-on': [
    'A server that is down keeps no load from running: one a key at a time, shared by those who wait.',
    async (bench) => {
      const cache = broken(bench, async (_name, items) => items.map(() => ({ ok: false, error: DOWN })));
      let loads = 0;
      const loader = async (): Promise<string> => {
        loads += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return 'loaded';
      };
      const answers = await Promise.all(Array.from({ length: 20 }, () => cache.getOrSet('k', loader)));
      deepEqual(answers, new Array(20).fill('loaded'));
      ok(loads <= 2, `${loads} loads`);
    },
  ],
  recovers: [
    'When the server answers again, so does the cache, without further ado.',
    async (bench) => {
      let down = true;
      const cache = broken(bench, async (_name, items, go) => {
        return down ? items.map(() => ({ ok: false, error: DOWN })) : await go();
      });
      await rejection('UNAVAILABLE', 'set', () => cache.set('k', 1));
      equal(await cache.get('k'), undefined);
      down = false;
      await cache.set('k', 1);
      equal(await cache.get('k'), 1);
    },
  ],
  partial: [
    'Where items of a batch fail, setMany, deleteMany and expireMany do the others and reject with PARTIAL, whose `failures` has each by its key.',
    async (bench) => {
      const isBad = (item: unknown): boolean => JSON.stringify(item).includes('bad');
      const cache = broken(bench, async (_name, items, go) => {
        if (!items.some(isBad)) return await go();
        const answers = await go(items.filter((item) => !isBad(item)));
        return items.map((item) => (isBad(item) ? { ok: false, error: DOWN } : (answers.shift() as never)));
      });
      await cache.set('warm', 1);
      const set = await rejection('PARTIAL', 'setMany', () =>
        cache.setMany([
          ['a', 1],
          ['bad', 2],
          ['b', 3],
        ]),
      );
      deepEqual([...(set.failures?.keys() ?? [])], ['bad']);
      equal(set.failures?.get('bad')?.code, 'UNAVAILABLE');
      deepEqual(await bench.cache().getMany(['a', 'bad', 'b']), [1, undefined, 3]);
      deepEqual(
        await cache.getMany(['a', 'bad', 'b']),
        [1, undefined, 3],
        'getMany loses the failed one alone',
      );
      const expired = await rejection('PARTIAL', 'expireMany', () => cache.expireMany(['bad', 'b']));
      deepEqual([...(expired.failures?.keys() ?? [])], ['bad']);
      const removed = await rejection('PARTIAL', 'deleteMany', () => cache.deleteMany(['a', 'bad']));
      deepEqual([...(removed.failures?.keys() ?? [])], ['bad']);
      deepEqual(await bench.cache().getMany(['a', 'b']), [undefined, undefined]);
    },
  ],
  'no-values': [
    'No message of an error holds a value.',
    async (bench) => {
      const value = 'the-secret-value';
      const messages: string[] = [];
      const cache = broken(bench, async (_name, items) => items.map(() => ({ ok: false, error: DOWN })));
      cache.on('error', ({ error }) => messages.push(error.message));
      const circle: Record<string, unknown> = { [value]: value };
      circle.self = circle;
      const calls = [
        () => cache.set('k', value),
        () => cache.set('k', circle),
        () => cache.set('k', { deep: [value, 5n] }),
        () => cache.add('k', value),
        () => cache.getAndSet('k', value),
        () => cache.setMany([['k', value]]),
        () => cache.setBytes('k', value as never),
        () => cache.getOrSet('k', () => value),
      ];
      for (const call of calls) await call().catch((error: Error) => messages.push(error.message));
      ok(messages.length > 6, `${messages.length} messages`);
      for (const message of messages) ok(!message.includes(value), message);
    },
  ],
  undecodable: [
    'An entry that the codec cannot read, or of another codec or format, is a miss that is counted and told as unreadable, and can be overwritten.',
    'bytes',
    async (bench) => {
      const { key, cache } = await entryOf(bench);
      const stored = await bench.read(key);
      ok(stored?.payload instanceof Uint8Array);
      const whole = stored.payload;
      for (const payload of [
        whole.subarray(0, 16),
        whole.subarray(0, whole.length - 1),
        bench.payload('text'),
        bench.payload(''),
      ]) {
        await bench.put(key, payload, TEN_MINUTES);
        equal(await cache.get('k'), undefined);
        equal(await cache.getBytes('k'), undefined);
        equal((await cache.lookup('k')).state, 'miss');
      }
      for (let at = 16; at < whole.length; at += 1) {
        const broken = whole.slice();
        broken[at] = (broken[at] as number) ^ 0xff;
        await bench.put(key, broken, TEN_MINUTES);
        await within(LATE_MS, `get with byte ${at} broken`, cache.get('k'));
        await within(LATE_MS, `lookup with byte ${at} broken`, cache.lookup('k'));
      }
      await cache.set('k', { a: 2 });
      deepEqual(await cache.get('k'), { a: 2 });
    },
  ],
});

function broken(bench: CacheBench, run: Around): ReturnType<CacheBench['cache']> {
  return bench.cache({ adapter: around(bench.adapter, run) });
}

/** Every method settles with this fault: reads as a miss, others with a rejection that is a `CacheError`. */
async function survives(bench: CacheBench, fault: Around, answer?: unknown): Promise<void> {
  const what = answer === undefined ? '' : ` with ${JSON.stringify(answer)}`;
  for (const method of cacheMethodsOf(bench)) {
    const cache = broken(bench, fault);
    const call = (): Promise<unknown> =>
      within(LATE_MS, method.name + what, method.call(cache, 'k', { timeout: '2s' }));
    if (method.failsOpen !== undefined) {
      const found = await call();
      ok(method.failsOpen(found), `${method.name}${what} answered ${JSON.stringify(found)}`);
      continue;
    }
    const error = await rejection(['INTERNAL', 'PARTIAL'], method.name + what, call);
    equal(partOf(error, method, 'k').code, 'INTERNAL');
  }
}

/** What a call of one key failed with, taken from the failures where the method takes many. */
function partOf(error: CacheError, method: CacheMethod, key: string): CacheError {
  if (!method.many) {
    equal(error.operation, method.name);
    if (method.keyed) equal(error.key, key, `${method.name} names the key ${error.key}`);
    ok(!method.keyed || error.message.includes(JSON.stringify(key)), `${method.name}: ${error.message}`);
    return error;
  }
  const inner = error.code === 'PARTIAL' ? error.failures?.get(key) : error;
  ok(inner !== undefined, `${method.name} says nothing of ${key}`);
  return inner;
}

/** A cache with one entry, and the key under which the adapter has it. */
async function entryOf(bench: CacheBench): Promise<{ key: string; cache: ReturnType<CacheBench['cache']> }> {
  let key = '';
  const cache = broken(bench, (name, items, go) => {
    if (name === 'write')
      for (const write of items as { key: string; ttlMs: number | null }[])
        if (write.ttlMs !== null) key = write.key;
    return go();
  });
  await cache.set('k', { a: 1 });
  return { key, cache };
}
