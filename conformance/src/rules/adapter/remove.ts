import { equal } from 'node:assert/strict';
import { type AdapterRule, group } from '../../rule.ts';

export const remove: readonly AdapterRule[] = group('remove', {
  there: [
    'Removing what is there answers true, and it is gone.',
    async (bench) => {
      const key = bench.key();
      await bench.put(key);
      equal(await bench.remove(key), true);
      equal(await bench.read(key), undefined);
    },
  ],
  absent: [
    'Removing what is not there answers false.',
    async (bench) => equal(await bench.remove(bench.key()), false),
  ],
  twice: [
    'Of two removals of one key the second answers false.',
    async (bench) => {
      const key = bench.key();
      await bench.put(key);
      equal(await bench.remove(key), true);
      equal(await bench.remove(key), false);
    },
  ],
  expired: [
    'Removing something whose life has ended answers false.',
    'expire',
    async (bench) => {
      const key = bench.key();
      await bench.put(key);
      await bench.expire(key);
      equal(await bench.remove(key), false);
    },
  ],
  'other-keys': [
    'A removal changes no other key, not even one that begins with its name.',
    async (bench) => {
      const key = bench.key();
      const longer = `${key}:more`;
      const payload = bench.payload();
      await bench.put(key);
      await bench.put(longer, payload);
      await bench.remove(key);
      await bench.holds(longer, payload);
    },
  ],
  rewritten: [
    'A key that was removed can be written again.',
    async (bench) => {
      const key = bench.key();
      await bench.put(key);
      await bench.remove(key);
      const payload = bench.payload('again');
      await bench.put(key, payload);
      await bench.holds(key, payload);
    },
  ],
});
