import { deepEqual, equal, ok } from 'node:assert/strict';
import { Gate } from '../../faults/gate.ts';
import { listed } from '../../kit/cache-methods.ts';
import { fill, ODD_KEYS } from '../../kit/odd-keys.ts';
import { around } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

/** Scans that take out what they find. */
export const patternRemovals: readonly CacheRule[] = group('cache/scan', {
  'delete-pattern': [
    'deleteByPattern removes what matches and nothing else, and answers how many entries there were.',
    'scan',
    async (bench) => {
      const cache = bench.cache();
      await fill(cache, ODD_KEYS);
      equal(await cache.deleteByPattern('none'), 0);
      equal(await cache.deleteByPattern('a?'), 3);
      equal(await cache.deleteByPattern('a?'), 0);
      deepEqual(await listed(cache), ODD_KEYS.filter((key) => !['ab', 'a*', 'a?'].includes(key)).sort());
      deepEqual(await cache.getMany(['a', 'ab', 'a:b']), ['a', undefined, 'a:b']);
      equal(await cache.deleteByPattern('*'), ODD_KEYS.length - 3);
      await cache.set('a', 1);
      equal(await cache.get('a'), 1);
    },
  ],
  changes: [
    'A key that is there all the while is listed, and removed by deleteByPattern, even if others come and go between the pages.',
    'scan',
    async (bench) => {
      const [cache, other] = [bench.cache(), bench.cache()];
      const names = (name: string) => Array.from({ length: 40 }, (_, i) => `${name}${i}`);
      await fill(cache, [...names('stay'), ...names('go')]);
      const going = names('go');
      const seen = new Set<string>();
      for await (const key of cache.keys({ pageSize: 5 })) {
        seen.add(key);
        const gone = going.pop();
        if (gone !== undefined) await other.delete(gone);
        await other.set('came', 1);
      }
      deepEqual(
        names('stay').filter((key) => !seen.has(key)),
        [],
      );
      let come = 0;
      const restless = bench.cache({
        adapter: around(bench.adapter, async (name, _items, go) => {
          if (name === 'page') await other.set(`came${come++}`, 1);
          return await go();
        }),
      });
      equal(await restless.deleteByPrefix('stay', { pageSize: 5 }), 40);
      deepEqual(await listed(cache, { prefix: 'stay' }), []);
      ok((await listed(cache, { prefix: 'came' })).length >= come);
    },
  ],
  fills: [
    'A value whose load began before deleteByPattern or deleteByPrefix was called is not kept if its key matches, though nothing was there yet; others are.',
    'scan',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('x', 1);
      const wipes = [
        (): Promise<number> => cache.deleteByPattern('m*'),
        (): Promise<number> => cache.deleteByPrefix('m'),
      ];
      for (const [i, wipe] of wipes.entries()) {
        const gate = new Gate();
        const load = async (): Promise<string> => {
          await gate.pass();
          return 'old';
        };
        const loads = [cache.getOrSet(`m${i}`, load), cache.getOrSet(`other${i}`, load)];
        await Promise.race([gate.arrived(), ...loads]);
        await wipe();
        gate.open();
        await Promise.all(loads);
        equal(await cache.getOrSet(`m${i}`, () => 'new'), 'new');
        equal(await cache.getOrSet(`other${i}`, () => 'new'), 'old');
      }
    },
  ],
});
