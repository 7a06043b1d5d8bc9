import { type CounterAdd, type FloatCounters, ok } from '@cache/core';
import { turns } from '../kit/check.ts';
import { withParts } from '../kit/wrap.ts';
import { adapterMutant, type Mutant, type Sound } from './mutant.ts';

/** Defects of counters and scans. */
export const counting: readonly Mutant[] = [
  counter(
    'counter-no-initial',
    'A new counter begins at 0, whatever its initial value.',
    ['counters/creates'],
    (add) => ({ ...add, initial: 0n }),
  ),
  counter(
    'counter-initial-again',
    'The initial value is added at each addition.',
    ['counters/adds'],
    (add) => ({ ...add, by: add.by + add.initial }),
  ),
  counter(
    'counter-number',
    'Amounts and counters go through numbers, and lose what is beyond 2^53.',
    ['counters/exact'],
    (add) => ({ ...add, by: BigInt(Number(add.by)), initial: BigInt(Number(add.initial)) }),
  ),
  adapterMutant(
    'counter-wraps',
    'A counter wraps around at the end of its range.',
    ['counters/overflow', 'counters/overflow-creates', 'counters/alone'],
    (sound) => {
      return counters(sound, (inner) => ({
        add: async (additions, call) => {
          const answers = await inner.add(additions, call);
          return answers.map((answer, i) => {
            if (answer.ok || answer.error.code !== 'OUT_OF_RANGE') return answer;
            const { key, by, initial } = additions[i] as CounterAdd;
            const item = sound.shelf.get(key);
            const sum = BigInt.asIntN(64, BigInt((item?.held as bigint | undefined) ?? initial) + by);
            if (item === undefined) sound.shelf.put(key, sum, null);
            else sound.shelf.count(key, item, sum);
            return ok(sum);
          });
        },
      }));
    },
  ),
  adapterMutant(
    'counter-left',
    'A first addition that fails leaves a counter of its initial value.',
    ['counters/overflow-creates'],
    (sound) => {
      return counters(sound, (inner) => ({
        add: (additions, call) => {
          const answer = inner.add(additions, call);
          for (const { key, initial, ttlMs } of additions)
            if (
              sound.shelf.get(key) === undefined &&
              call.deadline > sound.clock.monotonic() &&
              !call.signal?.aborted
            )
              sound.shelf.put(key, initial, ttlMs);
          return answer;
        },
      }));
    },
  ),
  adapterMutant(
    'counter-reads-first',
    'A counter is read in one step and written in the next.',
    ['counters/race', 'cache/counters/race', 'cache/order/increments'],
    (sound) => {
      return counters(sound, (inner) => ({
        ...inner,
        add: async (additions) => {
          const before = additions.map(({ key }) => sound.shelf.get(key));
          await turns(1);
          return additions.map(({ key, by, initial, ttlMs }, i) => {
            const item = before[i];
            const sum = BigInt((item?.held as bigint | undefined) ?? initial) + by;
            if (item === undefined) sound.shelf.put(key, sum, ttlMs);
            else sound.shelf.count(key, item, sum);
            return ok(sum);
          });
        },
      }));
    },
  ),
  adapterMutant(
    'counter-batch-last',
    'Additions to one counter in a batch all answer the last value.',
    ['counters/batch'],
    (sound) => {
      return counters(sound, (inner) => ({
        add: async (additions, call) => {
          const answers = await inner.add(additions, call);
          return answers.map((answer, i) => {
            const last = additions.map(({ key }) => key).lastIndexOf((additions[i] as CounterAdd).key);
            return answers[last] ?? answer;
          });
        },
      }));
    },
  ),
  adapterMutant(
    'counter-fails-whole',
    'One addition that fails fails its whole batch.',
    ['counters/alone'],
    (sound) => {
      return counters(sound, (inner) => ({
        add: async (additions, call) => {
          const answers = await inner.add(additions, call);
          const bad = answers.find((answer) => !answer.ok);
          return bad === undefined ? answers : answers.map(() => bad);
        },
      }));
    },
  ),
  adapterMutant(
    'counter-renews',
    'Each addition gives the counter its ttl again.',
    ['counters/ttl', 'counters/no-end', 'counters/fraction-ttl', 'cache/counters/ttl'],
    (sound) => {
      const renew = (additions: readonly { key: string; ttlMs: number | null }[]): void => {
        for (const { key, ttlMs } of additions) {
          const item = sound.shelf.get(key);
          if (item !== undefined) sound.shelf.renew(key, item, ttlMs);
        }
      };
      return counters(sound, (inner) => ({
        add: (additions, call) => {
          const answer = inner.add(additions, call);
          renew(additions);
          return answer;
        },
        addFloat: (additions, call) => {
          const answer = inner.addFloat(additions, call);
          renew(additions);
          return answer;
        },
      }));
    },
  ),
  adapterMutant(
    'counter-revives',
    'A counter whose life has ended goes on from where it was.',
    ['counters/expired'],
    (sound) => {
      return counters(sound, (inner) => ({
        add: (additions, call) => {
          const revived = additions.map((add) => {
            const held = sound.shelf.items.get(add.key)?.held;
            return typeof held === 'bigint' ? { ...add, initial: held } : add;
          });
          return inner.add(revived, call);
        },
      }));
    },
  ),
  adapterMutant(
    'counter-stays',
    'A counter cannot be removed.',
    ['counters/remove'],
    ({ adapter, shelf }) => {
      return withParts(adapter, {
        remove: (removals, call) => {
          const kept = removals.map(({ key }) => [key, shelf.get(key)] as const);
          const answer = adapter.remove(removals, call);
          for (const [key, item] of kept) if (typeof item?.held === 'bigint') shelf.items.set(key, item);
          return answer;
        },
      });
    },
  ),
  adapterMutant(
    'counter-overwrites',
    'An addition to something else replaces it by a counter.',
    ['counters/wrong-type', 'counters/fraction-wrong-type'],
    (sound) => {
      const clear = (additions: readonly { key: string }[]): void => {
        for (const { key } of additions)
          if (sound.shelf.get(key)?.held instanceof Uint8Array) sound.shelf.items.delete(key);
      };
      return counters(sound, (inner) => ({
        add: (additions, call) => {
          clear(additions);
          return inner.add(additions, call);
        },
        addFloat: (additions, call) => {
          clear(additions);
          return inner.addFloat(additions, call);
        },
      }));
    },
  ),
  adapterMutant(
    'fraction-cut',
    'Fractions are cut to whole numbers.',
    ['counters/fraction', 'cache/counters/fraction'],
    (sound) => {
      return counters(sound, (inner) => ({
        addFloat: (additions, call) =>
          inner.addFloat(
            additions.map((add) => ({ ...add, by: Math.trunc(add.by) })),
            call,
          ),
      }));
    },
  ),
  adapterMutant(
    'fraction-infinite',
    'A sum of fractions beyond what a number holds is answered as infinite.',
    ['counters/fraction-range'],
    (sound) => {
      return counters(sound, (inner) => ({
        addFloat: async (additions, call) => {
          return (await inner.addFloat(additions, call)).map((answer) =>
            !answer.ok && answer.error.code === 'OUT_OF_RANGE' ? ok(Number.POSITIVE_INFINITY) : answer,
          );
        },
      }));
    },
  ),
];

function counters(
  { adapter }: Sound,
  change: (inner: FloatCounters) => Partial<FloatCounters>,
): Sound['adapter'] {
  const inner = adapter.counters as FloatCounters;
  return withParts(adapter, { counters: { ...inner, ...change(inner) } as FloatCounters });
}

function counter(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (add: CounterAdd) => CounterAdd,
): Mutant {
  return adapterMutant(name, does, caughtBy, (sound) => {
    return counters(sound, (inner) => ({ add: (additions, call) => inner.add(additions.map(change), call) }));
  });
}
