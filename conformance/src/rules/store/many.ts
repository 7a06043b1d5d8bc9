import { deepEqual, equal, ok } from 'node:assert/strict';
import type { StoreBench } from '../../kit/store-bench.ts';
import { group } from '../../rule.ts';
import type { StoreNeed, StoreRule } from './all.ts';

/** As many as write-behind and warm-up hand over by default, several times. */
const MANY = 500;

/** Calls of many keys, where the store has them. */
export const manyAtOnce: readonly StoreRule[] = group<StoreBench, StoreNeed>('store', {
  'get-many': [
    'getMany answers a Map of the values that there are, by the keys that were asked for; none for a key without a value, none that was not asked for.',
    'getMany',
    async (bench) => {
      const [there, absent, other, null_] = bench.keys(4);
      const [value, stranger] = [bench.value(), bench.value()];
      await bench.set(there, value);
      await bench.set(other, stranger);
      const found = await getMany(bench, [absent, there, null_]);
      deepEqual([...found.keys()], [there]);
      bench.same(found.get(there), value, 'getMany');
      equal((await getMany(bench, [])).size, 0);
      equal((await getMany(bench, [absent])).size, 0);
    },
  ],
  'set-many': [
    'setMany writes every entry as `set` does, replacing what is there; of none it resolves.',
    'setMany',
    async (bench) => {
      const [old, young] = bench.keys(2);
      await bench.set(old, bench.value());
      const entries = new Map([
        [old, bench.value()],
        [young, bench.value()],
      ]);
      await bench.settled('setMany', () => bench.store.setMany?.(entries));
      for (const [key, value] of entries) await bench.holds(key, value, 'setMany');
      await bench.settled('setMany of nothing', () => bench.store.setMany?.(new Map()));
    },
  ],
  'delete-many': [
    'deleteMany removes every key as `delete` does, and no other; absent ones are no error; of none it resolves.',
    'deleteMany',
    async (bench) => {
      const [one, absent, two, stays] = bench.keys(4);
      const value = bench.value();
      for (const key of [one, two, stays]) await bench.set(key, value);
      await bench.settled('deleteMany', () => bench.store.deleteMany?.([one, absent, two]));
      for (const key of [one, absent, two]) await bench.holds(key, undefined, 'deleteMany');
      await bench.holds(stays, value, 'deleteMany');
      await bench.settled('deleteMany of nothing', () => bench.store.deleteMany?.([]));
    },
  ],
  'many-large': [
    'The methods for many take 500 keys at once.',
    async (bench) => {
      const { store } = bench;
      const entries = new Map(bench.keys(MANY).map((key) => [key, bench.value()]));
      const keys = [...entries.keys()];
      if (store.setMany !== undefined) await bench.settled('setMany', () => store.setMany?.(entries));
      else await Promise.all(keys.slice(0, 20).map((key) => bench.set(key, entries.get(key))));
      for (const key of keys.slice(0, 3)) await bench.holds(key, entries.get(key), 'of many');
      if (store.getMany !== undefined && store.setMany !== undefined) {
        const found = await getMany(bench, keys);
        equal(found.size, MANY);
        for (const [key, value] of entries) bench.same(found.get(key), value, 'getMany of many');
      }
      if (store.deleteMany !== undefined) await bench.settled('deleteMany', () => store.deleteMany?.(keys));
      else await Promise.all(keys.slice(0, 20).map((key) => bench.delete(key)));
      for (const key of keys.slice(0, 3)) await bench.holds(key, undefined, 'of many');
    },
  ],
  'many-refused': [
    'setMany with a value that the source refuses rejects; each other key has its old value or its new one, and is taken alone.',
    'setMany',
    'refused',
    async (bench) => {
      const refused = bench.refused();
      const [before, bad, after] = bench.keys(3);
      const [old, young] = [bench.value(), bench.value()];
      for (const key of [before, after]) await bench.set(key, old);
      const entries = new Map([
        [before, young],
        [bad, refused],
        [after, young],
      ]);
      const ended = bench
        .settled('setMany', () => bench.store.setMany?.(entries))
        .then(
          () => 'resolved',
          () => 'rejected',
        );
      equal(await ended, 'rejected');
      for (const key of [before, after]) {
        const found = await bench.get(key);
        ok(bench.isSame(found, old) || bench.isSame(found, young), 'setMany left neither value');
        await bench.set(key, young);
        await bench.holds(key, young);
      }
      await bench.holds(bad, undefined);
    },
  ],
});

async function getMany(bench: StoreBench, keys: readonly unknown[]): Promise<ReadonlyMap<unknown, unknown>> {
  const found = await bench.settled('getMany', () => bench.store.getMany?.(keys));
  ok(found instanceof Map, 'getMany answered no Map');
  return found;
}
