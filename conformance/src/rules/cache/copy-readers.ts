import { deepEqual, equal } from 'node:assert/strict';
import { type Bus, memoryBus } from '@cache/core';
import { rejection, type TestCache, type TestCacheOptions } from '../../kit/cache-bench.ts';
import { turns } from '../../kit/check.ts';
import { localStore } from '../../kit/local-store.ts';
import { tiered, tiers } from '../../kit/tiers.ts';
import { withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const MINUTE = 60_000;

/** Whom a local tier serves, whom it tells, and what it refuses. */
export const copyReaders: readonly CacheRule[] = group('cache/copies', {
  readers: [
    'A copy serves only who reads by the same codec and schema; bytes are not kept.',
    async (bench) => {
      const { one } = await tiers(bench);
      const schema = {
        '~standard': {
          version: 1 as const,
          vendor: 'kit',
          validate: (value: unknown) => (value === 2 ? { value } : { issues: [{ message: 'not 2' }] }),
        },
      };
      const plain = one.namespace('n');
      const picky = one.namespace('n', { schema }) as unknown as TestCache;
      await plain.set('k', 1);
      equal(await plain.get('k'), 1);
      equal(await picky.get('k'), undefined);
      equal(await plain.get('k'), 1);
      await one.setBytes('b', Uint8Array.of(1));
      for (let i = 0; i < 3; i += 1) {
        const bytes = await one.getBytes('b');
        deepEqual(bytes && [...bytes], [1]);
        if (bench.adapter.payload === 'bytes') bytes?.fill(9);
      }
    },
  ],
  unseen: [
    'What the server has lost, an invalidation drops from the copies of others all the same.',
    async (bench) => {
      const { one, two } = await tiers(bench);
      const invalidations: ((cache: TestCache) => Promise<unknown>)[] = [
        (cache) => cache.delete('k'),
        (cache) => cache.deleteMany(['k']),
        (cache) => cache.expire('k'),
        (cache) => cache.invalidating(['k'], () => 0),
      ];
      for (const invalidate of invalidations) {
        await one.set('k', 'old');
        equal(await two.get('k'), 'old');
        // By somebody who tells nobody.
        await bench.cache({ adapter: withParts(bench.adapter, {}) }).delete('k');
        equal(await two.get('k'), 'old');
        await invalidate(one);
        equal(await two.get('k'), undefined);
      }
    },
  ],
  'tell-fails': [
    'A change that the bus does not take rejects, as applied; what was refused by its condition tells nothing.',
    async (bench) => {
      let told = 0;
      const failing: Bus = {
        name: 'failing',
        silenceMs: 1000,
        tells: 'after-change',
        join: (_root, _ear, clock) => ({
          get heardUntil() {
            return clock.monotonic();
          },
          tell: async (keys) => {
            // Not the record of a part of the namespace that is met for the first time.
            if (keys.every((key) => /\}[^vh]:/.test(key))) return { ok: true, value: undefined };
            told += 1;
            const error = {
              code: 'UNAVAILABLE',
              message: 'down',
              retryable: true,
              outcome: 'unknown',
            } as const;
            return { ok: false, error };
          },
          close: async () => undefined,
        }),
      };
      await bench.cache().set('there', 1);
      const cache = bench.cache({ ...tiered(failing) });
      equal(await cache.get('there'), 1);
      told = 0;
      equal(await cache.add('there', 2), false);
      equal(await cache.touch('absent'), false);
      equal(told, 0);
      const error = await rejection('UNAVAILABLE', 'set', () => cache.set('k', 1));
      equal(error.outcome, 'applied');
      equal(await bench.cache().get('k'), 1);
    },
  ],
  options: [
    'A local tier needs `localTtl` where no bus tells of a change in one step with it; bus and `localTtl` need a local tier, and it the facet sync. A cache that is refused listens to nothing.',
    async (bench) => {
      const refused: TestCacheOptions[] = [
        { local: localStore() },
        { local: localStore(), bus: memoryBus() },
        { bus: memoryBus() },
        { localTtl: MINUTE },
        { local: localStore(), localTtl: 0 },
        { local: { name: 'none' } as never, localTtl: MINUTE },
      ];
      for (const options of refused) {
        await rejection(['INVALID_OPTION', 'INVALID_TTL'], JSON.stringify(Object.keys(options)), async () =>
          bench.unwatched(options),
        );
      }
      let joined = 0;
      const inner = memoryBus();
      const counting: Bus = {
        ...inner,
        join: (root, ear, clock) => {
          joined += 1;
          const line = inner.join(root, ear, clock);
          const close = (): Promise<void> => {
            joined -= 1;
            return line.close();
          };
          return { heardUntil: line.heardUntil, close };
        },
      };
      for (const [code, bad] of [
        ['INVALID_TTL', { ttl: -1 }],
        ['INVALID_KEY', { namespace: '' }],
        ['INVALID_KEY', { namespace: 5 as never }],
      ] as const) {
        const options = { local: localStore(), localTtl: MINUTE, bus: counting, ...bad };
        await rejection(code, code, async () => bench.unwatched(options));
        await turns();
        equal(joined, 0, 'what was not made listens');
      }
      const alone = bench.cache({ local: localStore(), localTtl: MINUTE });
      await alone.set('k', 1);
      deepEqual([await alone.get('k'), await alone.get('k')], [1, 1]);
    },
  ],
});
