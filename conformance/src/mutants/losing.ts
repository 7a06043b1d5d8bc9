import { ok, systemClock, type Version, type Write } from '@cache/core';
import { around, withParts } from '../kit/wrap.ts';
import { KIND, kindOf } from '../kit/written.ts';
import { adapterMutant, cacheMutant, type Mutant } from './mutant.ts';
import { over } from './over.ts';

/** Defects that show when a server loses what it had acknowledged. */
export const losing: readonly Mutant[] = [
  adapterMutant(
    'remembers-writes',
    'What this process has written is answered from its own memory.',
    ['loss/lost', 'loss/restored'],
    ({ adapter }) => {
      const written = new Map<string, { readonly payload: unknown; readonly version: Version }>();
      return withParts(adapter, {
        async write(writes, call) {
          const answers = await adapter.write(writes, call);
          for (const [index, { key, payload }] of writes.entries()) {
            const answer = answers[index];
            if (answer?.ok && answer.value.written)
              written.set(key, { payload, version: answer.value.version });
          }
          return answers;
        },
        async read(keys, call) {
          const answers = await adapter.read(keys, call);
          return answers.map((answer, index) => {
            const own = written.get(keys[index] as string);
            return answer.ok && own !== undefined ? ok(own) : answer;
          });
        },
      });
    },
  ),
  adapterMutant(
    'remembers-counters',
    'A counter counts on from what this process knows.',
    ['loss/counter'],
    ({ adapter }) => {
      const sums = new Map<string, bigint>();
      return around(adapter, async (name, items, go) => {
        const answers = await go();
        if (name !== 'add') return answers;
        return (items as readonly { readonly key: string; readonly by: bigint }[]).map(({ key, by }) => {
          const sum = (sums.get(key) ?? 0n) + by;
          sums.set(key, sum);
          return ok(sum);
        });
      });
    },
  ),
  adapterMutant(
    'versions-count-a-key',
    'Versions are counted for each key that is there, so they begin anew with it.',
    ['loss/version'],
    ({ adapter, shelf }) => {
      const put = shelf.put.bind(shelf);
      shelf.put = (key, held, ttlMs, pinned) => {
        const version = (shelf.get(key)?.version ?? 0) + 1;
        put(key, held, ttlMs, pinned);
        const item = shelf.get(key);
        if (item !== undefined) shelf.items.set(key, { ...item, version });
        return version;
      };
      return adapter;
    },
  ),
  adapterMutant(
    'versions-count-back',
    'Versions are counted on the server, so they go back with it.',
    ['loss/restored-version'],
    ({ adapter, shelf }) => {
      shelf.countsBack = true;
      return adapter;
    },
  ),
  adapterMutant(
    'values-without-end',
    'No value ends.',
    ['cache/loss/ends', 'cache/life/ends'],
    ({ adapter }) =>
      withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map((write) => (kindOf(write) === KIND.value ? endless(write) : write)),
            call,
          ),
      }),
  ),
  adapterMutant(
    'leases-without-end',
    'A lease has no end, and looks new to whoever reads it.',
    ['cache/loss/lease'],
    ({ adapter }) => {
      let reads = 0;
      return withParts(adapter, {
        write: (writes, call) =>
          adapter.write(
            writes.map((write) => (kindOf(write) === KIND.lease ? { ...write, ttlMs: null } : write)),
            call,
          ),
        async read(keys, call) {
          const answers = await adapter.read(keys, call);
          return answers.map((answer) => {
            if (!answer.ok || answer.value === undefined || kindOf(answer.value) !== KIND.lease)
              return answer;
            reads += 1;
            return ok({ ...answer.value, version: `read ${reads}` });
          });
        },
      });
    },
  ),
  cacheMutant(
    'remembers-values',
    'A cache answers what it has set, until it removes or clears it.',
    ['cache/loss/lost', 'cache/loss/restored', 'cache/loss/cleared-since'],
    (cache) => {
      const own = new Map<string, unknown>();
      return over(cache, {
        set: async (key: string, value: unknown, ...rest: never[]) => {
          await cache.set(key, value, ...rest);
          own.set(key, value);
        },
        setMany: async (entries: Iterable<readonly [string, unknown]>, ...rest: never[]) => {
          await cache.setMany(entries, ...rest);
          for (const [key, value] of entries) own.set(key, value);
        },
        getMany: async (keys: readonly string[]) => {
          const found = await cache.getMany(keys);
          return found.map((value, index) => own.get(keys[index] as string) ?? value);
        },
        get: async (key: string) => own.get(key) ?? (await cache.get(key)),
      });
    },
  ),
  cacheMutant(
    'sequences-without-time',
    'Sequences of a namespace are counted from what the server has, by no clock.',
    ['cache/loss/tags'],
    (_cache, options, make) => make({ ...options, clock: { ...systemClock, now: () => 1 } }),
  ),
];

/** Where an entry says until when it is fresh and kept. */
const ENDS = { from: 30, to: 42 } as const;

function endless(write: Write<unknown>): Write<unknown> {
  const payload = (write.payload as Uint8Array).slice();
  payload.fill(0xff, ENDS.from, ENDS.to);
  return { ...write, payload, ttlMs: null };
}
