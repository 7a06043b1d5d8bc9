import { equal, ok } from 'node:assert/strict';
import { until } from '../../kit/check.ts';
import { type AdapterRule, group } from '../../rule.ts';

const DAY = 86_400_000;

export const time: readonly AdapterRule[] = group('time', {
  ends: [
    'A life ends when its ttl has passed, no sooner and no later than the declared resolution.',
    'life',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(), 3_600_000);
      await bench.lives(key, 3_600_000);
    },
  ],
  endless: [
    'What was written without expiry has no end.',
    'life',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(), null);
      await bench.lives(key, null);
      await bench.remove(key);
    },
  ],
  shortest: [
    'A ttl of 1 ms ends: it is neither refused nor rounded to no expiry.',
    async (bench) => {
      const key = bench.key();
      await bench.put(key, bench.payload(), 1);
      const bound = bench.patienceMs + 2 * bench.adapter.limits.ttlResolutionMs;
      await bench.advance(1 + bench.adapter.limits.ttlResolutionMs);
      await until(bound, 'the end of 1 ms', async () => (await bench.read(key)) === undefined);
    },
  ],
  fractions: [
    'A ttl that is no whole number of seconds is not cut to one.',
    'life',
    async (bench) => {
      const resolution = bench.adapter.limits.ttlResolutionMs;
      const key = bench.key();
      const ttlMs = 1999 + 10 * resolution;
      await bench.put(key, bench.payload(), ttlMs);
      await bench.lives(key, ttlMs);
    },
  ],
  long: [
    'Lives of 25, 31 and 400 days work: beyond 2^31 ms, and beyond where servers begin to read dates, as far as `limits.maxTtlMs` goes.',
    'life',
    async (bench) => {
      for (const days of [25, 31, 400]) {
        const ttlMs = Math.min(days * DAY, bench.adapter.limits.maxTtlMs);
        const key = bench.key();
        await bench.put(key, bench.payload(), ttlMs);
        await bench.lives(key, ttlMs);
      }
    },
  ],
  longest: [
    'The longest life that the limits allow, or 100 years where that is less, is accepted and does not end at once.',
    async (bench) => {
      const key = bench.key();
      const payload = bench.payload();
      await bench.put(key, payload, Math.min(bench.adapter.limits.maxTtlMs, 36_525 * DAY));
      await bench.holds(key, payload);
      await bench.advance(DAY);
      await bench.holds(key, payload);
      await bench.remove(key);
    },
  ],
  'own-life': [
    'Each item of a batch has its own life.',
    'life',
    async (bench) => {
      const [short, long, endless] = bench.keys(3);
      const writes = [
        { key: short as string, payload: bench.payload(), ttlMs: 3_600_000 },
        { key: long as string, payload: bench.payload(), ttlMs: 36_000_000 },
        { key: endless as string, payload: bench.payload(), ttlMs: null },
      ];
      await bench.all('write', 3, bench.adapter.write(writes, bench.call()));
      await bench.lives(short as string, 3_600_000);
      if (!bench.advances) await bench.lives(long as string, 36_000_000);
      ok((await bench.read(long as string)) !== undefined, 'the longer life ended with the shorter one');
      await bench.lives(endless as string, null);
      await bench.remove(endless as string);
    },
  ],
  real: [
    'A short ttl on the real clock ends by itself, and not before its time.',
    'real-time',
    async (bench) => {
      const key = bench.key();
      const ttlMs = Math.max(150, 2 * bench.adapter.limits.ttlResolutionMs);
      const startedAt = performance.now();
      await bench.put(key, bench.payload(), ttlMs);
      await until(
        ttlMs + bench.adapter.limits.ttlResolutionMs + bench.patienceMs,
        'the end of a short life',
        async () => {
          return (await bench.read(key)) === undefined;
        },
      );
      const lived = performance.now() - startedAt;
      ok(lived >= ttlMs - bench.adapter.limits.ttlResolutionMs, `it lived ${lived} of ${ttlMs} ms`);
    },
  ],
  'dead-read': [
    'What has ended reads as undefined, alone and in a batch with what has not.',
    'expire',
    async (bench) => {
      const [dead, alive] = bench.keys(2) as [string, string];
      const payload = bench.payload();
      await bench.put(dead, bench.payload(), 600_000);
      await bench.put(alive, payload, 60_000_000);
      await bench.expire(dead, 600_000);
      equal(await bench.read(dead), undefined);
      const found = await bench.all<{ payload: unknown } | undefined>(
        'read',
        2,
        bench.adapter.read([dead, alive], bench.call()),
      );
      equal(found[0], undefined);
      bench.same(found[1]?.payload, payload, 'its neighbour');
    },
  ],
});
