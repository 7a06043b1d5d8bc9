import { deepEqual, equal, ok } from 'node:assert/strict';
import { type CacheRule, group } from '../../rule.ts';

/** What people lose when a miss is told by falsiness. */
const FALSY = [null, false, 0, '', [], {}] as const;

export const values: readonly CacheRule[] = group('cache/values', {
  miss: [
    'A key that is not there is undefined for get, at its position for getMany, false for has, `miss` for lookup, undefined for ttl.',
    async (bench) => {
      const cache = bench.cache();
      equal(await cache.get('absent'), undefined);
      deepEqual(await cache.getMany(['absent', 'either']), [undefined, undefined]);
      equal(await cache.has('absent'), false);
      deepEqual(await cache.lookup('absent'), { state: 'miss' });
      equal(await cache.ttl('absent'), undefined);
    },
  ],
  json: [
    'What JSON can express comes back equal.',
    async (bench) => {
      const cache = bench.cache();
      const all = [
        'text',
        1,
        -1.5,
        1e300,
        true,
        [1, [2, [3]]],
        { a: { b: { c: [null] } } },
        'ключ 鍵 👩‍🚀 \u2028',
        '\0\n"\\',
        { __proto__: null, 'with space': 1 },
      ];
      for (const [i, value] of all.entries()) await cache.set(`key ${i}`, value);
      for (const [i, value] of all.entries()) {
        equal(JSON.stringify(await cache.get(`key ${i}`)), JSON.stringify(value));
      }
    },
  ],
  falsy: [
    'null, false, 0, an empty string, list and object are values: every method takes them for a hit.',
    async (bench) => {
      const cache = bench.cache();
      for (const [i, value] of FALSY.entries()) {
        const key = `falsy ${i}`;
        await cache.set(key, value);
        deepEqual(await cache.get(key), value, 'get');
        deepEqual(await cache.getMany([key]), [value], 'getMany');
        equal(await cache.has(key), true, 'has');
        const found = await cache.lookup(key);
        ok(found.state === 'hit', `lookup says ${found.state}`);
        deepEqual(found.value, value, 'lookup');
        equal(await cache.add(key, 'other'), false, 'add');
        deepEqual(await cache.getOrSet(key, () => 'loaded'), value, 'getOrSet');
        deepEqual(await cache.getAndSet(key, 'other'), value, 'getAndSet');
      }
      equal(cache.stats().loads, 0, 'a loader ran for a value that was there');
    },
  ],
  'falsy-load': [
    'A loader may bring null, false, 0 or an empty string: it is kept and not loaded again.',
    async (bench) => {
      const cache = bench.cache();
      for (const [i, value] of FALSY.entries()) {
        const key = `falsy ${i}`;
        deepEqual(await cache.getOrSet(key, () => value), value);
        deepEqual(await cache.getOrSet(key, () => 'again'), value);
      }
      equal(cache.stats().loads, FALSY.length);
    },
  ],
  large: [
    'A value of 500 KB comes back whole.',
    async (bench) => {
      const cache = bench.cache();
      const value = { text: 'ab€'.repeat(100_000) };
      await cache.set('large', value);
      deepEqual(await cache.get('large'), value);
    },
  ],
  'own-object': [
    'With payloads in bytes every reader gets an object of its own; a change to it changes nothing that is stored.',
    'bytes',
    async (bench) => {
      const cache = bench.cache();
      const value = { list: [1] };
      await cache.set('k', value);
      value.list.push(2);
      const [one, two] = await Promise.all([cache.get<typeof value>('k'), cache.get<typeof value>('k')]);
      one?.list.push(3);
      deepEqual(two, { list: [1] });
      deepEqual(await cache.get('k'), { list: [1] });
    },
  ],
  bytes: [
    'Bytes come back as they were stored, the empty ones included, through getBytes and through get.',
    async (bench) => {
      const cache = bench.cache();
      for (const value of [Uint8Array.from({ length: 256 }, (_, i) => i), new Uint8Array(0)]) {
        await cache.setBytes('bytes', value);
        ok(Buffer.compare((await cache.getBytes('bytes')) as Uint8Array, value) === 0, 'getBytes');
        ok(Buffer.compare((await cache.get<Uint8Array>('bytes')) as Uint8Array, value) === 0, 'get');
      }
    },
  ],
  'not-bytes': [
    'For getBytes anything but bytes is a miss.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('text', 'text');
      equal(await cache.getBytes('text'), undefined);
      equal(await cache.get('text'), 'text');
    },
  ],
  'bytes-copy': [
    'The bytes that were given and the bytes that were got belong to the caller, where payloads are bytes.',
    'bytes',
    async (bench) => {
      const cache = bench.cache();
      const value = Uint8Array.of(1, 2, 3);
      await cache.setBytes('bytes', value);
      value.fill(9);
      (await cache.getBytes('bytes'))?.fill(8);
      deepEqual([...((await cache.getBytes('bytes')) as Uint8Array)], [1, 2, 3]);
    },
  ],
  pollution: [
    'A stored `__proto__` property is data: it pollutes no prototype.',
    'bytes',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('evil', JSON.parse('{"__proto__": {"polluted": true}}'));
      const back = await cache.get<object>('evil');
      ok(back !== undefined && Object.hasOwn(back, '__proto__'));
      equal(({} as { polluted?: boolean }).polluted, undefined);
    },
  ],
});
