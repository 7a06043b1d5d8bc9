import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Failure } from '@cache/core';
import { TEN_MINUTES } from '../../kit/bench.ts';
import { broken, entryOf } from '../../kit/broken.ts';
import { rejection } from '../../kit/cache-bench.ts';
import { within } from '../../kit/check.ts';
import { type CacheRule, group } from '../../rule.ts';

const DOWN: Failure = {
  code: 'UNAVAILABLE',
  message: 'no connection',
  retryable: true,
  outcome: 'not-applied',
};
const LATE_MS = 5000;

/** Failures of a part, and entries that are damaged. */
export const damage: readonly CacheRule[] = group('cache/failures', {
  partial: [
    'Where items of a batch fail, setMany, deleteMany and expireMany do the others and reject with PARTIAL, whose `failures` has each by its key.',
    async (bench) => {
      // By the end of the key: its random prefix and a version are hexadecimal, and may say "bad" as well.
      const isBad = (item: unknown): boolean => keyIn(item).endsWith(':bad');
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

/** Reads are keys, everything else has one. */
function keyIn(item: unknown): string {
  return typeof item === 'string' ? item : (item as { readonly key: string }).key;
}
