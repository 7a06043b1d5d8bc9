import { deepEqual, equal, throws } from 'node:assert/strict';
import type { StandardSchema } from '@cache/core';
import { rejection } from '../../kit/cache-bench.ts';
import { type CacheRule, group } from '../../rule.ts';

/** Values that a schema has to accept. */
export const schemas: readonly CacheRule[] = group('cache/schema', {
  rejects: [
    'A cached value that the schema does not accept is a miss for every read, with a swallowed `error` event, and is loaded anew.',
    async (bench) => {
      const cache = bench.cache();
      await cache.setMany([
        ['good', { id: 1 }],
        ['bad', { id: 'one' }],
      ]);
      const users = bench.cache({ schema: withId });
      const errors: unknown[] = [];
      users.on('error', ({ error, swallowed }) => errors.push([error.code, error.key, swallowed]));
      equal(await users.get('bad'), undefined);
      deepEqual(errors, [['INVALID_VALUE', 'bad', true]]);
      deepEqual(await users.getMany(['good', 'bad']), [{ id: 1 }, undefined]);
      equal((await users.lookup('bad')).state, 'miss');
      deepEqual(await users.getOrSet('good', () => ({ id: 2 })), { id: 1 });
      deepEqual(await users.getOrSet('bad', () => ({ id: 2 })), { id: 2 });
      deepEqual(await users.get('bad'), { id: 2 });
    },
  ],
  transforms: [
    'What the schema makes of a cached value is what a read returns; what is stored stays as it is.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', { id: 1, more: true });
      const users = bench.cache({ schema: withId });
      for (const value of [
        await users.get('k'),
        (await users.getMany(['k']))[0],
        await users.getOrSet('k', () => ({ id: 2 })),
      ]) {
        deepEqual(value, { id: 1 });
      }
      deepEqual(await cache.get('k'), { id: 1, more: true });
    },
  ],
  'not-modified': [
    'What notModified keeps for a new life is the value as it is stored, not what the schema made of it.',
    async (bench) => {
      const doubling = schema((value) => ({ value: Number(value) * 2 }));
      const [plain, doubled] = [bench.cache(), bench.cache({ schema: doubling })];
      await plain.set('k', 1, { grace: 3_600_000 });
      for (const answer of [2, 2, 2]) {
        await plain.expire('k');
        equal(await doubled.getOrSet('k', ({ notModified }) => notModified(), { grace: 3_600_000 }), answer);
        equal(await plain.get('k'), 1);
      }
    },
  ],
  namespaces: [
    'A namespace may have a schema of its own, and has its parent’s otherwise. Bytes pass by it.',
    async (bench) => {
      const cache = bench.cache({ schema: withId });
      const [own, inherited] = [cache.namespace('own', { schema: anything }), cache.namespace('inherited')];
      await own.set('k', 'text');
      await inherited.set('k', 'text');
      equal(await own.get('k'), 'text');
      equal(await inherited.get('k'), undefined);
      await cache.setBytes('bytes', Uint8Array.of(1));
      deepEqual(Uint8Array.from((await cache.getBytes('bytes')) ?? []), Uint8Array.of(1));
    },
  ],
  input: [
    'What is no Standard Schema is refused; one that validates asynchronously, or throws, never makes a read hang.',
    async (bench) => {
      for (const bad of [null, 5, {}, { '~standard': {} }, () => true] as never[]) {
        throws(
          () => bench.cache({ schema: bad }),
          (error) => (error as { code?: unknown }).code === 'INVALID_OPTION',
        );
      }
      await bench.cache().set('k', 1);
      const late = bench.cache({ schema: schema(async (value) => ({ value })) });
      await rejection('INVALID_OPTION', 'get', () => late.get('k'));
      await rejection('INVALID_OPTION', 'getOrSet', () => late.getOrSet('k', () => 1));
      const throwing = bench.cache({
        schema: schema(() => {
          throw new Error('bad schema');
        }),
      });
      equal(await throwing.get('k'), undefined);
      equal(await throwing.getOrSet('k', () => 2), 2);
    },
  ],
});

function schema<O>(validate: StandardSchema<O>['~standard']['validate']): StandardSchema<O> {
  return { '~standard': { version: 1, vendor: 'conformance', validate } };
}

/** Accepts objects with a number `id`, and takes the rest away. */
const withId = schema((value) => {
  const { id } = (value ?? {}) as { id?: unknown };
  return typeof id === 'number' ? { value: { id } } : { issues: [{ message: 'no id' }] };
});

const anything = schema((value) => ({ value }));
