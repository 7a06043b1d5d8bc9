import { equal, ok } from 'node:assert/strict';
import type { StoreBench } from '../../kit/store-bench.ts';
import { group } from '../../rule.ts';
import type { StoreNeed, StoreRule } from './all.ts';

/** Calls of one key. */
export const singly: readonly StoreRule[] = group<StoreBench, StoreNeed>('store', {
  absent: [
    'A key under which nothing was written reads as undefined or null, is not there for `has`, and its deletion resolves, not to true.',
    async (bench) => {
      const key = bench.key();
      await bench.holds(key, undefined);
      ok((await bench.delete(key)) !== true, 'delete answered true where nothing was');
      await bench.holds(key, undefined);
    },
  ],
  written: [
    'Once a write has resolved, every read answers the whole value, over any connection.',
    async (bench) => {
      for (const key of bench.keys(3)) {
        const value = bench.value();
        await bench.set(key, value);
        await bench.holds(key, value);
      }
    },
  ],
  replaces: [
    'A write replaces the whole value, and the same write made again changes nothing: whoever does not know whether it was made makes it again.',
    async (bench) => {
      const key = bench.key();
      const [first, second] = [bench.value(), bench.value()];
      for (const value of [first, first, second, second, first]) {
        await bench.set(key, value);
        await bench.holds(key, value);
      }
    },
  ],
  deleted: [
    'Once a deletion has resolved nothing is there, over any connection; made again it resolves, and where it tells, it tells true once; the key can be written again.',
    async (bench) => {
      const key = bench.key();
      const value = bench.value();
      await bench.set(key, value);
      const first = await bench.delete(key);
      ok(first !== false, 'delete answered false where something was');
      await bench.holds(key, undefined);
      ok((await bench.delete(key)) !== true, 'the second deletion answered true');
      const again = bench.value();
      await bench.set(key, again);
      await bench.holds(key, again);
    },
  ],
  apart: [
    'No write or deletion changes another key.',
    async (bench) => {
      const [one, two, three] = bench.keys(3);
      const values = [bench.value(), bench.value(), bench.value()];
      for (const [index, key] of [one, two, three].entries()) await bench.set(key, values[index]);
      await bench.delete(two);
      const changed = bench.value();
      await bench.set(three, changed);
      await bench.holds(one, values[0]);
      await bench.holds(two, undefined);
      await bench.holds(three, changed);
    },
  ],
  characters: [
    'Keys that are texts differ in every character: case, spaces, separators, quotes, what urls and patterns give a meaning, and what lies beyond ASCII.',
    'texts',
    async (bench) => {
      const texts = [...TEXTS, ...TEXTS.map((text) => `${text}x`)];
      const entries = texts.map((text) => [bench.key(text), bench.value()] as const);
      for (const [key, value] of entries) await bench.set(key, value);
      for (const [index, [key, value]] of entries.entries()) await bench.holds(key, value, texts[index]);
      const [[first] = []] = entries;
      await bench.delete(first);
      for (const [index, [key, value]] of entries.entries()) {
        await bench.holds(key, index === 0 ? undefined : value, texts[index]);
      }
    },
  ],
  together: [
    'Calls at the same time do not disturb one another: each key has what was written to it, and a key that several write has one of these values, whole.',
    async (bench) => {
      const entries = bench.keys(20).map((key) => [key, bench.value()] as const);
      const shared = bench.key();
      const values = Array.from({ length: 10 }, () => bench.value());
      const stores = [bench.store, bench.other];
      await Promise.all([
        ...entries.map(([key, value], i) => bench.set(key, value, undefined, stores[i % 2])),
        ...values.map((value, i) => bench.set(shared, value, undefined, stores[i % 2])),
      ]);
      for (const [key, value] of entries) await bench.holds(key, value);
      const found = await bench.get(shared);
      ok(
        values.some((value) => bench.isSame(found, value)),
        'what several wrote is none of their values',
      );
      await bench.holds(shared, found);
    },
  ],
  refused: [
    'What the source refuses rejects, and what was there stays.',
    'refused',
    async (bench) => {
      const refused = bench.refused();
      const [key, absent] = bench.keys(2);
      const value = bench.value();
      await bench.set(key, value);
      for (const target of [key, absent]) {
        equal(
          await bench.set(target, refused).then(
            () => 'resolved',
            () => 'rejected',
          ),
          'rejected',
          'a value that the source refuses',
        );
      }
      await bench.holds(key, value);
      await bench.holds(absent, undefined);
    },
  ],
  aborted: [
    'A call whose signal is aborted settles, and its write is made whole or not at all; later calls succeed.',
    async (bench) => {
      const key = bench.key();
      const [old, young, last] = [bench.value(), bench.value(), bench.value()];
      await bench.set(key, old);
      const controller = new AbortController();
      const writing = bench.settled('an aborted set', async () => {
        const call = { signal: controller.signal };
        await Promise.allSettled([(async () => await bench.store.set(key, young, call))()]);
      });
      controller.abort();
      await writing;
      const found = await bench.get(key);
      ok(bench.isSame(found, old) || bench.isSame(found, young), 'an aborted write left neither value');
      await bench.set(key, last);
      await bench.holds(key, last);
    },
  ],
});

const TEXTS = [
  'a',
  'A',
  ' a',
  'a ',
  'a b',
  'a+b',
  'a/b',
  'a//b',
  '..',
  'a%20b',
  'a%',
  'a_b',
  'a?b=c&d#e',
  "a'b",
  'a"b',
  'a\\b',
  'a;b',
  'é',
  'e\u0301',
  '😀',
  '__proto__',
];
