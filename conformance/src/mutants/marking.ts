import {
  type CallOptions,
  type Condition,
  type Outcome,
  ok,
  type Write,
  type WriteResult,
} from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import type { TestCache } from '../kit/cache-bench.ts';
import { withParts } from '../kit/wrap.ts';
import { KIND, kindOf } from '../kit/written.ts';
import { adapterMutant, cacheMutant, type Mutant, type Sound } from './mutant.ts';
import { over } from './over.ts';

/** Defects of what lies beside entries: markers of tags, records, leases, quarantine. */
export const marking: readonly Mutant[] = [
  cacheMutant(
    'tags-dropped',
    'Tags are ignored.',
    [
      'cache/tags/delete',
      'cache/tags/any',
      'cache/tags/expire',
      'cache/tags/walls',
      'cache/tags/touch',
      'cache/tags/again',
      'cache/tags/spares',
      'cache/tags/marker-lost',
      'cache/tags/record-lost',
      'cache/tags/outlives',
      'cache/tags/cost-invalidate',
      'cache/tags/cost-burst',
      'cache/tags/contention',
      'cache/tags/names',
      'cache/tags/input',
      'cache/tags/peer',
      'cache/tags/shown',
    ],
    (cache) => untagged(cache),
  ),
  cacheMutant(
    'tags-clear',
    'deleteByTag forgets everything.',
    ['cache/tags/delete', 'cache/tags/any', 'cache/tags/spares'],
    (cache) => {
      return over(cache, { deleteByTag: (_tags: unknown, options?: CallOptions) => cache.clear(options) });
    },
  ),
  adapterMutant(
    'markers-not-raised',
    'A marker that is there stays as it is, whatever is written over it.',
    ['cache/tags/delete', 'cache/tags/expire', 'cache/tags/during-load', 'cache/tags/contention'],
    (sound) => pretending(sound, (write) => kindOf(write) === KIND.marker && isVersion(write.when)),
  ),
  adapterMutant(
    'sequence-stands',
    'The sequence of a namespace stays as it is.',
    ['cache/tags/delete', 'cache/tags/again', 'cache/tags/contention', 'cache/leases/overtaken'],
    (sound) => pretending(sound, (write) => kindOf(write) === KIND.record && isVersion(write.when)),
  ),
  adapterMutant(
    'markers-come-back',
    'A marker that was dropped comes back as it was.',
    ['cache/tags/marker-lost'],
    ({ adapter }) => {
      return withParts(adapter, {
        remove: (removals, call) =>
          adapter.remove(
            removals.filter(({ key }) => !key.includes('}t:')),
            call,
          ),
      });
    },
  ),
  adapterMutant(
    'fills-anyway',
    'A value is written whatever its condition by version says.',
    [
      'cache/leases/late-fill',
      'cache/leases/overtaken',
      'cache/leases/overtaken-stale',
      'cache/leases/epoch',
      'cache/invalidating/overtaken',
      'cache/loss/late-fill',
    ],
    ({ adapter }) => {
      return withParts(adapter, {
        write: (writes, call) => adapter.write(writes.map(regardless), call),
      });
    },
  ),
  adapterMutant(
    'leases-stay',
    'A lease is not removed by whoever does not name its version.',
    ['cache/leases/absent', 'cache/leases/overtaken'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        async remove(removals, call) {
          const isLease = (key: string): boolean => {
            const held = shelf.get(key)?.held;
            return held instanceof Uint8Array && held[17] === KIND.lease;
          };
          const stays = removals.map(({ key, when }) => when === undefined && isLease(key));
          const answers = await adapter.remove(
            removals.filter((_, index) => stays[index] !== true),
            call,
          );
          return stays.map((stay) => (stay ? ok(false) : (answers.shift() as Outcome<boolean>)));
        },
      });
    },
  ),
  adapterMutant(
    'leases-not-found-again',
    'Who asks whether its lease was written after all finds none.',
    ['cache/leases/unknown-done', 'cache/leases/renewal-late'],
    ({ adapter }) => {
      return withParts(adapter, {
        async read(keys, call) {
          const answers = await adapter.read(keys, call);
          const [only] = answers;
          const isLease = only?.ok === true && only.value !== undefined && kindOf(only.value) === KIND.lease;
          // With the record of the namespace it is somebody else who asks.
          return answers.length === 1 && isLease ? [ok(undefined)] : answers;
        },
      });
    },
  ),
  adapterMutant(
    'leases-not-given-back',
    'Nothing is removed by its version.',
    ['cache/leases/gives-back', 'cache/leases/refused'],
    ({ adapter }) => {
      return withParts(adapter, {
        async remove(removals, call) {
          const answers = await adapter.remove(
            removals.filter(({ when }) => when === undefined),
            call,
          );
          return removals.map(({ when }) => {
            return when === undefined ? (answers.shift() as Outcome<boolean>) : ok(true);
          });
        },
      });
    },
  ),
  adapterMutant(
    'leases-not-renewed',
    'A lease is never renewed by its holder.',
    ['cache/leases/renews'],
    ({ adapter, shelf }) => {
      const isRenewal = (write: Write<unknown>): boolean => {
        if (kindOf(write) !== KIND.lease) return false;
        const token = tokenOf(shelf.get(write.key)?.held);
        return token !== undefined && token === tokenOf(write.payload);
      };
      return withParts(adapter, {
        async write(writes, call) {
          const renewals = new Set(writes.filter(isRenewal));
          const answers = await adapter.write(
            writes.filter((write) => !renewals.has(write)),
            call,
          );
          return writes.map((write) => {
            if (!renewals.has(write)) return answers.shift() as Outcome<WriteResult>;
            return ok<WriteResult>({ written: false });
          });
        },
      });
    },
  ),
  adapterMutant(
    'slides-whatever',
    'touch renews whatever is there, whatever its version.',
    ['cache/leases/sliding'],
    ({ adapter }) => {
      return withParts(adapter, {
        touch: (touches, call) =>
          adapter.touch(
            touches.map(({ when: _when, ...touch }) => touch),
            call,
          ),
      });
    },
  ),
  cacheMutant(
    'invalidates-after',
    'invalidating writes and deletes then.',
    [
      'cache/invalidating/during',
      'cache/invalidating/writers',
      'cache/invalidating/throws',
      'cache/invalidating/mark-fails',
      'cache/invalidating/end-fails',
      'cache/invalidating/signal',
      'cache/invalidating/mark-length',
      'cache/invalidating/input',
    ],
    (cache) => {
      return over(cache, {
        invalidating: async (keys: readonly string[], write: () => unknown, options?: CallOptions) => {
          const result = await write();
          await cache.deleteMany(keys, options);
          return result;
        },
      });
    },
  ),
  cacheMutant(
    'invalidates-before',
    'invalidating deletes and writes then, one key after the other.',
    ['cache/invalidating/set-during', 'cache/invalidating/cost', 'cache/invalidating/during'],
    (cache) => {
      return over(cache, {
        invalidating: async (keys: readonly string[], write: () => unknown, options?: CallOptions) => {
          for (const key of keys) await cache.delete(key, options);
          return await write();
        },
      });
    },
  ),
];

const isVersion = (when: Condition | undefined): boolean => typeof when === 'object';

/** The same write, which nothing refuses if it is one of a value. */
function regardless(write: Write<unknown>): Write<unknown> {
  if (kindOf(write) !== KIND.value || !isVersion(write.when)) return write;
  const { when: _when, ...rest } = write;
  return rest;
}

/** Some writes are said to be done, and are not. */
function pretending({ adapter }: Sound, concerns: (write: Write<unknown>) => boolean): TestAdapter {
  return withParts(adapter, {
    async write(writes, call) {
      const answers = await adapter.write(
        writes.filter((write) => !concerns(write)),
        call,
      );
      return writes.map((write) => {
        if (!concerns(write)) return answers.shift() as Outcome<WriteResult>;
        const { when } = write;
        return ok<WriteResult>({ written: true, version: typeof when === 'object' ? when.version : '' });
      });
    },
  });
}

/** The holder of a lease: its body is a token of 16 bytes and its length. */
function tokenOf(held: unknown): string | undefined {
  if (!(held instanceof Uint8Array) || held[17] !== KIND.lease) return undefined;
  return Buffer.from(held.subarray(held.length - 20, held.length - 4)).toString('hex');
}

type Tagged = { readonly tags?: readonly string[] };

function untagged(cache: TestCache): TestCache {
  const without = <O extends Tagged>(options: O | undefined): Omit<O, 'tags'> => {
    const { tags: _tags, ...rest } = options ?? ({} as O);
    return rest;
  };
  const changes: Record<string, unknown> = {
    namespace: (name: string) => untagged(cache.namespace(name) as unknown as TestCache),
    setMany: (entries: Iterable<[string, unknown, Tagged?]>) => {
      return cache.setMany(Array.from(entries, ([key, value, options]) => [key, value, without(options)]));
    },
  };
  for (const name of [
    'set',
    'add',
    'getAndSet',
    'setBytes',
    'getOrSet',
    'getOrSetMany',
    'refresh',
    'warm',
  ] as const) {
    const call = cache[name].bind(cache) as (key: unknown, value: unknown, options: unknown) => unknown;
    changes[name] = (key: unknown, value: unknown, options?: Tagged) => call(key, value, without(options));
  }
  return over(cache, changes);
}
