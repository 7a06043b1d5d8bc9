import type { StoreBench } from '../../kit/store-bench.ts';
import { group } from '../../rule.ts';
import type { StoreNeed, StoreRule } from './all.ts';

/** A place among all writes. */
interface Place {
  readonly fence: number;
  readonly sequence: number;
}

const at = (fence: number, sequence: number): Place => ({ fence, sequence });

/** From the lowest to the highest: as numbers, to the last digit, and not as texts or in 32 bits. */
const ASCENDING: readonly Place[] = [
  at(1, 2 ** 52 + 1),
  at(9, 9),
  at(9, 10),
  at(10, 3),
  at(10, 2 ** 31 - 1),
  at(10, 2 ** 31 + 1),
  at(2 ** 31 + 1, 1),
  at(2 ** 52, 2 ** 52),
  at(2 ** 52, 2 ** 52 + 1),
];

/** What makes a write that comes late harmless, where the store says that it is fenced. */
export const fences: readonly StoreRule[] = group<StoreBench, StoreNeed>('store', {
  'fence-newer': [
    'A write or deletion with a higher pair of fence and sequence is made: the fence decides, then the sequence, both compared as numbers up to 2^53.',
    'fenced',
    async (bench) => {
      const key = bench.key();
      for (const place of ASCENDING) {
        const value = bench.value();
        await bench.set(key, value, place);
        await bench.holds(key, value, told(place));
      }
      await bench.delete(key, at(2 ** 52, 2 ** 52 + 2));
      await bench.holds(key, undefined, 'a newer deletion');
    },
  ],
  'fence-older': [
    'A write or deletion with a lower pair is ignored, and resolves.',
    'fenced',
    async (bench) => {
      for (const [index, newer] of ASCENDING.entries()) {
        const key = bench.key();
        const value = bench.value();
        await bench.set(key, value, newer);
        for (const older of ASCENDING.slice(0, index)) {
          await bench.set(key, bench.value(), older, bench.other);
          await bench.delete(key, older, bench.other);
          await bench.holds(key, value, `${told(older)} came after ${told(newer)}`);
        }
      }
    },
  ],
  'fence-again': [
    'A write with an equal pair is the same write made again: it resolves, and the value stays.',
    'fenced',
    async (bench) => {
      const [written, deleted] = bench.keys(2);
      const value = bench.value();
      for (let times = 0; times < 2; times += 1) {
        await bench.set(written, value, at(5, 5));
        await bench.delete(deleted, at(5, 5));
      }
      await bench.holds(written, value);
      await bench.holds(deleted, undefined);
    },
  ],
  'fence-deleted': [
    'The pair of a deletion is kept: an older write does not bring back what was deleted, nor what was never there; a newer one does.',
    'fenced',
    async (bench) => {
      const [there, absent] = bench.keys(2);
      await bench.set(there, bench.value(), at(3, 30));
      for (const key of [there, absent]) {
        await bench.delete(key, at(3, 31));
        for (const older of [at(3, 30), at(2, 99)]) {
          await bench.set(key, bench.value(), older);
          await bench.holds(key, undefined, `${told(older)} came after a deletion at ${told(at(3, 31))}`);
        }
        const value = bench.value();
        await bench.set(key, value, at(4, 1));
        await bench.holds(key, value);
      }
    },
  ],
  'fence-none': [
    'A write or deletion without a pair is made.',
    'fenced',
    async (bench) => {
      const key = bench.key();
      await bench.set(key, bench.value(), at(7, 7));
      const value = bench.value();
      await bench.set(key, value);
      await bench.holds(key, value);
      await bench.delete(key);
      await bench.holds(key, undefined);
    },
  ],
  'fence-many': [
    'In setMany and deleteMany the pair of each key is its own of `sequences`: older ones are ignored, newer ones made, and the call resolves.',
    'fenced',
    async (bench) => {
      const { setMany, deleteMany } = bench.store;
      const [newer, older, absent] = bench.keys(3);
      const value = bench.value();
      await bench.set(newer, bench.value(), at(4, 40));
      await bench.set(older, value, at(4, 60));
      const sequences = new Map([
        [newer, 50],
        [older, 51],
        [absent, 52],
      ]);
      const call = { fence: 4, sequence: 52, sequences };
      if (setMany !== undefined) {
        const written = bench.value();
        const entries = new Map([newer, older, absent].map((key) => [key, written]));
        await bench.settled('setMany', () => setMany.call(bench.store, entries, call));
        await bench.holds(newer, written, 'setMany, newer');
        await bench.holds(older, value, 'setMany, older');
        await bench.holds(absent, written, 'setMany, absent');
        // What it wrote has its own place, not the highest of the batch.
        const between = bench.value();
        await bench.set(newer, between, at(4, 51));
        await bench.holds(newer, between, 'setMany, the place that it wrote');
      }
      if (deleteMany !== undefined) {
        const later = new Map(Array.from(sequences, ([key, sequence]) => [key, sequence + 2]));
        const keys = [newer, older, absent];
        const deleting = { fence: 4, sequence: 54, sequences: later };
        await bench.settled('deleteMany', () => deleteMany.call(bench.store, keys, deleting));
        await bench.holds(newer, undefined, 'deleteMany, newer');
        await bench.holds(older, value, 'deleteMany, older');
        await bench.holds(absent, undefined, 'deleteMany, absent');
        await bench.set(newer, bench.value(), at(4, 51));
        await bench.holds(newer, undefined, 'deleteMany, older write');
      }
    },
  ],
  'fence-race': [
    'Of writes and deletions at the same time the one with the highest pair stays, in whatever order they are made and over any connection.',
    'fenced',
    async (bench) => {
      for (let round = 0; round < 5; round += 1) {
        const key = bench.key();
        const last = bench.value();
        const calls = Array.from({ length: 12 }, (_, i) => (): Promise<unknown> => {
          const place = at(1 + (i % 3), 100 + ((i * 7) % 12));
          const store = i % 2 === 0 ? bench.store : bench.other;
          return i % 4 === 3 ? bench.delete(key, place, store) : bench.set(key, bench.value(), place, store);
        });
        calls.splice(round * 2, 0, () => bench.set(key, last, at(3, 1000)));
        await Promise.all(calls.map((call) => call()));
        await bench.holds(key, last, 'the highest of a race');
      }
    },
  ],
});

function told({ fence, sequence }: Place): string {
  return `fence ${fence}, sequence ${sequence}`;
}
