import { deepEqual, equal, throws } from 'node:assert/strict';
import { Cached } from '@cache/core';
import { rejection } from '../../kit/cache-bench.ts';
import { rejectsWith } from '../../kit/check.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

/** Functions and methods that are read through a cache. */
export const wraps: readonly CacheRule[] = group('cache/wrap', {
  wrap: [
    'wrap answers a function that is read through the cache under the key that its arguments make, with the options of a load.',
    async (bench) => {
      const cache = bench.cache();
      const calls: unknown[][] = [];
      const sum = async (a: number, b: number): Promise<number> => {
        calls.push([a, b]);
        return a + b;
      };
      const cached = cache.wrap(sum, { key: (a, b) => `sum/${a}/${b}`, ttl: HOUR, tags: ['sums'] });
      deepEqual(await Promise.all([cached(1, 2), cached(1, 2), cached(2, 1)]), [3, 3, 3]);
      equal(await cached(1, 2), 3);
      deepEqual(calls.map(String).sort(), ['1,2', '2,1']);
      equal(await cache.get('sum/1/2'), 3);
      equal(await cache.ttl('sum/1/2'), HOUR);
      await cache.deleteByTag('sums');
      equal(await cached(1, 2), 3);
      equal(calls.length, 3);
    },
  ],
  failures: [
    'What the function throws is what its caller gets; a key that is none, or cannot be made, rejects and the function does not run.',
    async (bench) => {
      const cache = bench.cache();
      const down = new Error('down');
      const failing = cache.wrap(() => Promise.reject(down), { key: () => 'k' });
      await rejectsWith(down, failing());
      let runs = 0;
      const run = (): number => {
        runs += 1;
        return runs;
      };
      await rejection('INVALID_KEY', 'no key', () => cache.wrap(run, { key: () => '' })());
      const bad = new Error('no key for that');
      const unkeyed = cache.wrap(run, {
        key: () => {
          throw bad;
        },
      });
      await rejectsWith(bad, unkeyed());
      equal(runs, 0);
    },
  ],
  cached: [
    'Cached decorates a method: its calls are read through the cache, or through the one that each object has, with `this` as it was.',
    async (bench) => {
      const cache = bench.cache();
      class Users {
        readonly cache = cache.namespace('own');
        readonly name: string;
        calls = 0;

        constructor(name: string) {
          this.name = name;
        }

        async find(id: number): Promise<string> {
          this.calls += 1;
          return `${this.name}${id}`;
        }
      }
      const context = { kind: 'method', name: 'find' } as ClassMethodDecoratorContext<Users>;
      const options = { key: (id: number) => `user/${id}`, ttl: HOUR };
      const one = new Users('one');
      // As a decorator is called, since not every compiler of tests knows the syntax.
      const find = Cached<Users, [number], string>(cache, options)(Users.prototype.find, context);
      equal(await find.call(one, 1), 'one1');
      equal(await find.call(one, 1), 'one1');
      equal(one.calls, 1);
      equal(await cache.get('user/1'), 'one1');
      const own = Cached<Users, [number], string>((self) => self.cache, options)(
        Users.prototype.find,
        context,
      );
      equal(await own.call(one, 2), 'one2');
      equal(await one.cache.get('user/2'), 'one2');
      equal(await cache.get('user/2'), undefined);
    },
  ],
  input: [
    'wrap and Cached refuse what is no function, and options without a key, with INVALID_OPTION.',
    async (bench) => {
      const cache = bench.cache();
      const refused = (code: unknown): boolean => (code as { code?: unknown }).code === 'INVALID_OPTION';
      for (const bad of [undefined, null, {}, { key: 'k' }] as never[]) {
        throws(() => cache.wrap(() => 1, bad), refused);
        throws(() => Cached(cache, bad), refused);
      }
      for (const bad of [undefined, null, 'f', {}] as never[])
        throws(() => cache.wrap(bad, { key: () => 'k' }), refused);
    },
  ],
});
