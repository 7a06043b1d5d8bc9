import { deepEqual, equal, ok } from 'node:assert/strict';
import { badKeys, badValues } from '../../kit/bad-input.ts';
import { rejection } from '../../kit/cache-bench.ts';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

export const input: readonly CacheRule[] = group('cache/input', {
  'empty-key': [
    'An empty key is refused by every method with INVALID_KEY, before any I/O.',
    async (bench) => badKeys(bench, ['']),
  ],
  'key-type': [
    'A key that is not a string is refused by every method with INVALID_KEY, before any I/O.',
    async (bench) => badKeys(bench, [undefined, null, 5, 0, true, {}, [], ['k'], Symbol('k'), 5n]),
  ],
  'long-key': [
    'A key of more than 65,535 bytes in UTF-8 is refused by every method with INVALID_KEY, before any I/O; the message names the limit, and the key cut short.',
    async (bench) => {
      const errors = await badKeys(bench, ['k'.repeat(65_536), '€'.repeat(21_846)]);
      for (const { message } of errors) {
        ok(message.includes('65535') || message.includes('65,535'), `no limit in: ${message.slice(0, 300)}`);
        ok(message.length < 1000, 'the message holds the whole key');
      }
    },
  ],
  'longest-key': [
    'A key of exactly 65,535 bytes works with every adapter.',
    async (bench) => {
      const cache = bench.cache();
      for (const key of ['k'.repeat(65_535), '€'.repeat(21_845)]) {
        await cache.set(key, 1);
        equal(await cache.get(key), 1);
        equal(await cache.delete(key), true);
      }
    },
  ],
  surrogate: [
    'A key with a lone surrogate is refused by every method with INVALID_KEY, before any I/O; a pair is an ordinary key.',
    async (bench) => {
      await badKeys(bench, ['\ud800', 'k\udc00k', '\udc00\ud800']);
      const cache = bench.cache();
      await cache.set('\ud83d\ude00', 1);
      equal(await cache.get('😀'), 1);
    },
  ],
  undefined: [
    'undefined is refused as a value with INVALID_VALUE that names the key, and the old value stays.',
    async (bench) => badValues(bench, [undefined]),
  ],
  circular: [
    'A circular value is refused by a JSON codec with INVALID_VALUE that names the key, and the old value stays.',
    'bytes',
    async (bench) => {
      const circle: Record<string, unknown> = {};
      circle.self = { circle };
      await badValues(bench, [circle]);
    },
  ],
  unencodable: [
    'A BigInt, a function and a symbol are refused by a JSON codec with INVALID_VALUE that names the key, and the old value stays.',
    'bytes',
    async (bench) => badValues(bench, [5n, { deep: [5n] }, () => 1, Symbol('s')]),
  ],
  'not-bytes': [
    'setBytes refuses what is not a Uint8Array with INVALID_VALUE.',
    async (bench) => {
      const cache = bench.cache();
      for (const value of ['text', [1], undefined, null, new ArrayBuffer(1)] as unknown[]) {
        await rejection('INVALID_VALUE', 'setBytes', () => cache.setBytes('k', value as Uint8Array));
      }
    },
  ],
  'too-large': [
    'A value over the limit of the adapter is refused with VALUE_TOO_LARGE, before any I/O; the message names key and limit, and the old value stays.',
    'bytes',
    async (bench) => {
      const limits = { ...bench.adapter.limits, maxValueBytes: 5000 };
      const cache = bench.cache({ adapter: withParts(bench.adapter, { limits }) });
      await cache.set('some key', 'old');
      const large = 'x'.repeat(6000);
      const calls: Record<string, () => Promise<unknown>> = {
        set: () => cache.set('some key', large),
        add: () => cache.add('some key', large),
        getAndSet: () => cache.getAndSet('some key', large),
        setMany: () =>
          cache.setMany([
            ['other', 1],
            ['some key', large],
          ]),
        setBytes: () => cache.setBytes('some key', new Uint8Array(6000)),
      };
      for (const [name, call] of Object.entries(calls)) {
        const { message } = await rejection('VALUE_TOO_LARGE', name, call);
        ok(message.includes('some key') && message.includes('5000'), message);
      }
      deepEqual(await cache.getMany(['some key', 'other']), ['old', undefined]);
      await cache.set('fits', 'x'.repeat(4000));
    },
  ],
});
