import type { Outcome, WriteResult } from '@cache/core';
import { turns } from '../kit/check.ts';
import { around, withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant } from './mutant.ts';

/** Defects that show in certain orders of calls alone: the models find them. */
export const interleaving: readonly Mutant[] = [
  adapterMutant(
    'lost-update',
    'A write on a version is a read followed by a write.',
    ['linearizable/conditions'],
    ({ adapter }) => {
      return withParts(adapter, {
        async write(writes, call) {
          const outcomes: Outcome<WriteResult>[] = [];
          for (const { when, ...plain } of writes) {
            const onVersion = typeof when === 'object';
            const [found] = onVersion ? await adapter.read([plain.key], call) : [];
            if (onVersion && (!found?.ok || found.value?.version !== when.version)) {
              outcomes.push({ ok: true, value: { written: false } });
              continue;
            }
            if (onVersion) await turns(1);
            outcomes.push(
              ...(await adapter.write([onVersion || when === undefined ? plain : { ...plain, when }], call)),
            );
          }
          return outcomes;
        },
      });
    },
  ),
  adapterMutant(
    'counts-by-reading',
    'An addition removes the counter and makes it again with the sum.',
    ['linearizable/counters'],
    ({ adapter, shelf }) => {
      return around(adapter, async (name, items, go, call) => {
        if (name !== 'add') return await go();
        const sums: Outcome<unknown>[] = [];
        for (const item of items as { key: string; by: bigint; initial: bigint; ttlMs: number | null }[]) {
          const held = shelf.get(item.key)?.held ?? item.initial;
          await adapter.remove([{ key: item.key }], call);
          sums.push(...(await go([{ ...item, initial: held }])));
        }
        return sums;
      });
    },
  ),
  adapterMutant(
    'double-apply',
    'An addition whose answer was lost with its connection is sent again.',
    ['linearizable/cut'],
    ({ adapter }) => {
      return around(adapter, async (name, items, go) => {
        const outcomes = await go();
        const isLost = outcomes.some((outcome) => !outcome.ok && outcome.error.outcome === 'unknown');
        return name === 'add' && isLost ? await go(items) : outcomes;
      });
    },
  ),
  adapterMutant(
    'third-version',
    'From the third write of a key on, a touch on condition is refused.',
    ['model/adapter'],
    ({ adapter }) => {
      const writes = new Map<string, number>();
      return withParts(adapter, {
        write(items, call) {
          for (const { key } of items) writes.set(key, (writes.get(key) ?? 0) + 1);
          return adapter.write(items, call);
        },
        touch(items, call) {
          const refused = items.map((item) => {
            const late = item.when !== undefined && (writes.get(item.key) ?? 0) >= 3;
            return late ? { ...item, when: { version: -1 } } : item;
          });
          return adapter.touch(refused, call);
        },
      });
    },
  ),
];
