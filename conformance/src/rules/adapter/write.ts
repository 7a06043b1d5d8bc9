import { equal, ok } from 'node:assert/strict';
import { TEN_MINUTES } from '../../kit/bench.ts';
import { samePayload } from '../../kit/payload.ts';
import { type AdapterRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

export const write: readonly AdapterRule[] = group('write', {
  written: [
    'An unconditional write answers `written: true` and a version.',
    async (bench) => {
      const result = await bench.write(bench.key(), bench.payload());
      equal(result.written, true);
      ok(result.written && result.version !== undefined && result.version !== null, 'no version');
    },
  ],
  replaces: [
    'A write replaces the whole payload, a longer one as well as a shorter one.',
    async (bench) => {
      const key = bench.key();
      for (const content of ['short', 'a good deal longer than that', 's', 'medium']) {
        const payload = bench.payload(content);
        await bench.put(key, payload);
        await bench.holds(key, payload);
      }
    },
  ],
  'replaces-ttl': [
    'A write replaces the ttl of what was there, a shorter one as well as a longer one.',
    'life',
    async (bench) => {
      const [shorter, longer] = [bench.key('shorter'), bench.key('longer')];
      await bench.put(shorter, bench.payload(), 2 * HOUR);
      await bench.put(shorter, bench.payload(), HOUR);
      await bench.lives(shorter, HOUR);
      await bench.put(longer, bench.payload(), HOUR);
      await bench.put(longer, bench.payload(), 2 * HOUR);
      await bench.lives(longer, 2 * HOUR);
    },
  ],
  'ends-ttl': [
    'A write without expiry over something with a ttl has no end.',
    'life',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(), HOUR);
      await bench.put(key, bench.payload(), null);
      await bench.lives(key, null);
      await bench.remove(key);
    },
  ],
  'begins-ttl': [
    'A write with a ttl over something without expiry ends after its ttl.',
    'life',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(), null);
      await bench.put(key, bench.payload(), HOUR);
      await bench.lives(key, HOUR);
    },
  ],
  'other-keys': [
    'A write changes no other key.',
    async (bench) => {
      const keys = bench.keys(5);
      const payloads = keys.map((key) => bench.payload(key));
      for (const [i, key] of keys.entries()) await bench.put(key, payloads[i]);
      payloads[2] = bench.payload('changed');
      await bench.put(keys[2] as string, payloads[2]);
      for (const [i, key] of keys.entries()) await bench.holds(key, payloads[i]);
    },
  ],
  whole: [
    'Writes of one key at the same time leave one of them, whole.',
    async (bench) => {
      const key = bench.key();
      const payloads = Array.from({ length: 20 }, (_, i) => bench.payload(String(i).repeat(5000)));
      await Promise.all(payloads.map((payload) => bench.put(key, payload)));
      const left = (await bench.read(key))?.payload;
      ok(
        payloads.some((payload) => samePayload(left, payload)),
        'what is left is none of what was written',
      );
    },
  ],
  copy: [
    'Once a write has resolved, the caller may change its bytes: what is stored stays as it was.',
    'bytes',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload('before') as Uint8Array;
      const copy = payload.slice();
      await bench.put(key, payload);
      payload.fill(0);
      await bench.holds(key, copy);
    },
  ],
  expired: [
    'A write over something whose life has ended succeeds, and lives its own ttl.',
    'expire',
    async (bench) => {
      const key = bench.key();
      await bench.put(key);
      await bench.expire(key);
      const payload = bench.payload('next');
      await bench.put(key, payload, TEN_MINUTES);
      await bench.holds(key, payload);
    },
  ],
});
