import { type Counters, type Outcome, ok, type Stored, type Version } from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import { around, withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant } from './mutant.ts';

/** Adapters that only get along with themselves. */
export const parting: readonly Mutant[] = [
  adapterMutant(
    'bytes-own',
    'Payloads are stored in a form of its own.',
    ['peer/reads', 'cache/peer/values', 'cache/peer/invalidates'],
    ({ adapter }) =>
      withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map((write) => ({ ...write, payload: turned(write.payload) })),
            call,
          ),
        read: async (keys, call) => (await adapter.read(keys, call)).map(turnedBack),
      }),
  ),
  adapterMutant(
    'keys-own',
    'Keys have a prefix of its own.',
    [
      'peer/conditions',
      'peer/life',
      'peer/scan',
      'peer/counters',
      'cache/peer/counters',
      'cache/peer/overwrites',
    ],
    ({ adapter }) => renamed(adapter),
  ),
  adapterMutant(
    'versions-own',
    'A condition on a version is compared with what this adapter wrote last.',
    ['peer/versions'],
    ({ adapter }) => {
      const last = new Map<string, Version>();
      return withParts(adapter, {
        async write(writes, call) {
          const sure = writes.map(({ when, ...write }) => {
            const own = last.get(write.key);
            const isOwn = typeof when === 'object' && own !== undefined && when.version === own;
            return isOwn || when === undefined ? write : { ...write, when };
          });
          const outcomes = await adapter.write(sure, call);
          outcomes.forEach((outcome, index) => {
            const key = writes[index]?.key;
            if (key !== undefined && outcome.ok && outcome.value.written)
              last.set(key, outcome.value.version);
          });
          return outcomes;
        },
      });
    },
  ),
];

/** Every byte behind the stamp turned over. */
function turned(payload: unknown): unknown {
  return payload instanceof Uint8Array ? payload.map((byte, i) => (i < 16 ? byte : byte ^ 0xff)) : payload;
}

function turnedBack(outcome: Outcome<Stored<unknown> | undefined>): Outcome<Stored<unknown> | undefined> {
  if (!outcome.ok || outcome.value === undefined) return outcome;
  return ok({ ...outcome.value, payload: turned(outcome.value.payload) });
}

function renamed(adapter: TestAdapter): TestAdapter {
  const rename = (item: unknown): unknown => {
    if (typeof item === 'string') return `own:${item}`;
    return typeof item === 'object' && item !== null && 'key' in item
      ? { ...item, key: `own:${item.key}` }
      : item;
  };
  const changed = around(adapter, (_name, items, go) => go(items.map(rename)));
  const { scan } = adapter;
  if (scan === undefined) return changed;
  return withParts(changed, {
    counters: changed.counters as Counters,
    scan: {
      page: async (match, ...rest) => {
        const page = await scan.page({ ...match, prefix: `own:${match.prefix}` }, ...rest);
        return page.ok ? ok({ ...page.value, keys: page.value.keys.map((key) => key.slice(4)) }) : page;
      },
    },
  });
}
