import { equal } from 'node:assert/strict';
import { type AdapterRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

export const touch: readonly AdapterRule[] = group('touch', {
  absent: [
    'Touching what is not there answers false and makes nothing.',
    async (bench) => {
      const key = bench.key();
      equal(await bench.touch(key, HOUR), false);
      equal(await bench.read(key), undefined);
    },
  ],
  payload: [
    'Touching what is there answers true and keeps the payload.',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload();
      await bench.put(key, payload);
      equal(await bench.touch(key, HOUR), true);
      await bench.holds(key, payload);
    },
  ],
  version: [
    'A touch keeps the version: what was learnt before it still holds after it.',
    async (bench) => {
      const key = bench.key();
      const version = await bench.put(key);
      await bench.touch(key, HOUR);
      equal(await bench.remove(key, { version }), true, 'the version changed');
    },
  ],
  longer: [
    'A touch with a longer life gives it.',
    'life',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(), HOUR);
      await bench.touch(key, 2 * HOUR);
      await bench.lives(key, 2 * HOUR);
    },
  ],
  shorter: [
    'A touch with a shorter life gives it.',
    'life',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(), 2 * HOUR);
      await bench.touch(key, HOUR);
      await bench.lives(key, HOUR);
    },
  ],
  'no-end': [
    'A touch without expiry takes the end from a life, and a touch with a ttl gives one to what had none.',
    'life',
    async (bench) => {
      const [endless, ending] = [bench.key('endless'), bench.key('ending')];
      await bench.put(ending, bench.payload(), null);
      await bench.touch(ending, HOUR);
      await bench.lives(ending, HOUR);
      await bench.put(endless, bench.payload(), HOUR);
      await bench.touch(endless, null);
      await bench.lives(endless, null);
      await bench.remove(endless);
    },
  ],
  expired: [
    'Touching something whose life has ended answers false and does not bring it back.',
    'expire',
    async (bench) => {
      const key = bench.key();
      await bench.put(key);
      await bench.expire(key);
      equal(await bench.touch(key, HOUR), false);
      equal(await bench.read(key), undefined);
    },
  ],
});
