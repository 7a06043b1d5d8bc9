import { equal, ok } from 'node:assert/strict';
import { Gate } from '../../faults/gate.ts';
import { type CacheBench, rejection, type TestCache } from '../../kit/cache-bench.ts';
import { within } from '../../kit/check.ts';
import { pause } from '../../kit/pause.ts';
import { type CacheRule, group } from '../../rule.ts';

/** Loaders that ask the cache. */
export const reentrant: readonly CacheRule[] = group('cache/reentrant', {
  itself: [
    'A loader that waits for its own key is refused with REENTRANT, at once, however many turns of the event loop later it asks.',
    async (bench) => {
      const cache = bench.cache();
      for (const method of ['getOrSet', 'refresh'] as const) {
        const error = await refused(bench, () =>
          cache.getOrSet('k', async () => {
            await pause(5);
            return await cache[method]('k', () => 1);
          }),
        );
        equal(error.key, 'k');
      }
      const other = bench.cache();
      await refused(bench, () => cache.getOrSet('k', () => other.getOrSet('k', () => 1)));
      equal(await cache.getOrSet('k', () => 1), 1);
    },
  ],
  indirectly: [
    'A circle of loaders that wait for one another is refused too, within one call or between two.',
    async (bench) => {
      const cache = bench.cache();
      const a = (): Promise<unknown> => cache.getOrSet('a', () => b());
      const b = (): Promise<unknown> => cache.getOrSet('b', () => c());
      const c = (): Promise<unknown> => cache.getOrSet('c', () => a());
      await refused(bench, a);
      const [one, two] = [new Gate(), new Gate()];
      const first = cache.getOrSet('x', async () => {
        await one.pass();
        return await cache.getOrSet('y', () => 1);
      });
      const second = cache.getOrSet('y', async () => {
        await two.pass();
        return await cache.getOrSet('x', () => 1);
      });
      const settled = Promise.allSettled([first, second]);
      await Promise.all([one.arrived(), two.arrived()]);
      one.open();
      two.open();
      const results = await within(bench.patienceMs, 'a circle of two calls', settled);
      ok(results.some((result) => result.status === 'rejected'));
    },
  ],
  many: [
    'The same for the loaders of many keys, which wait for all of these.',
    async (bench) => {
      const cache = bench.cache();
      const load = (keys: readonly string[]): Map<string, number> => new Map(keys.map((key) => [key, 1]));
      for (const key of ['a', 'b']) {
        const call = cache.getOrSetMany(['a', 'b'], async (keys) => {
          await cache.getOrSet(key, () => 1);
          return load(keys);
        });
        const error = await rejection('PARTIAL', 'getOrSetMany', () =>
          within(bench.patienceMs, 'the call', call),
        );
        equal(error.failures?.get('a')?.code, 'REENTRANT');
      }
      const inner = cache.getOrSet('a', async () => (await cache.getOrSetMany(['a', 'b'], load))[0]);
      const refusal = await rejection('PARTIAL', 'getOrSet', () =>
        within(bench.patienceMs, 'the call', inner),
      );
      equal(refusal.failures?.get('a')?.code, 'REENTRANT');
    },
  ],
  allowed: [
    'A loader may load other keys, the same key of another namespace, and read, write or invalidate what it likes.',
    async (bench) => {
      const cache = bench.cache();
      const space = cache.namespace('n');
      const value = await within(
        bench.patienceMs,
        'the call',
        cache.getOrSet('k', async () => {
          const [one, same, many] = await Promise.all([
            cache.getOrSet('other', () => 1),
            space.getOrSet('k', () => 2),
            cache.getOrSetMany(['x', 'other'], () => new Map([['x', 3]])),
          ]);
          equal(await cache.get('k'), undefined);
          await cache.set('written', 1);
          await cache.delete('nothing');
          return [one, same, many];
        }),
      );
      equal(JSON.stringify(value), '[1,2,[3,1]]');
      equal(JSON.stringify(await cache.get('k')), '[1,2,[3,1]]');
      const two = await Promise.all(['p', 'q'].map((key) => cache.getOrSet(key, () => shared(cache))));
      equal(two.join(), 'shared,shared');
    },
  ],
});

function shared(cache: TestCache): Promise<string> {
  return cache.getOrSet('shared', async () => {
    await pause(2);
    return 'shared';
  });
}

function refused(
  bench: CacheBench,
  call: () => Promise<unknown>,
): Promise<{ readonly key: string | undefined }> {
  return rejection('REENTRANT', 'getOrSet', () => within(bench.patienceMs, 'the call', call()));
}
