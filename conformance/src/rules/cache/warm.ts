import { deepEqual, equal, ok } from 'node:assert/strict';
import type { LoadContext } from '@cache/core';
import { Gate } from '../../faults/gate.ts';
import { rejection } from '../../kit/cache-bench.ts';
import { turns, within } from '../../kit/check.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;

/** Filling a cache ahead of its readers. */
export const warm: readonly CacheRule[] = group('cache/warm', {
  report: [
    'warm loads what is not there, with its life and tags, and tells what became of each key; a failure does not end it.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('there', 1);
      const down = new Error('the source is down');
      const loader = async (key: string, context: LoadContext): Promise<string> => {
        ok(context.signal instanceof AbortSignal);
        if (key === 'bad') throw down;
        return key;
      };
      const progress: unknown[] = [];
      const report = await cache.warm(['a', 'there', 'bad', 'b', 'a'], loader, {
        ttl: HOUR,
        tags: ['t'],
        onProgress: (state) => progress.push(state),
      });
      deepEqual([report.loaded, report.skipped, report.left], [2, 1, []]);
      deepEqual([...report.failures], [['bad', down]]);
      deepEqual(
        progress,
        [1, 2, 3, 4].map((done) => ({ done, total: 4 })),
      );
      deepEqual(await cache.getMany(['a', 'b', 'there', 'bad']), ['a', 'b', 1, undefined]);
      equal(await cache.ttl('a'), HOUR);
      await cache.deleteByTag('t');
      deepEqual(await cache.getMany(['a', 'there']), [undefined, 1]);
      const nothing = await cache.warm(new Set<string>(), loader);
      deepEqual([nothing.loaded, nothing.skipped, nothing.failures.size], [0, 0, 0]);
    },
  ],
  concurrency: [
    'warm loads so many at once as it is told, ten by default.',
    async (bench) => {
      const cache = bench.cache();
      for (const [concurrency, most] of [
        [3, 3],
        [undefined, 10],
      ] as const) {
        const gate = new Gate();
        let loads = 0;
        const loader = async (): Promise<number> => {
          loads += 1;
          await gate.pass();
          return 1;
        };
        const keys = Array.from({ length: 40 }, (_, i) => `${most}/${i}`);
        const warming = cache.warm(keys, loader, concurrency === undefined ? {} : { concurrency });
        try {
          await within(bench.patienceMs, `${most} loads at once`, gate.arrived(most));
          // Whoever of the others were to load too would have begun by the end of loads that began later.
          const later = Array.from({ length: 10 }, (_, i) => cache.getOrSet(`later ${most}/${i}`, () => 1));
          await Promise.all(later);
          await turns(5);
          equal(loads, most);
        } finally {
          gate.open();
          await warming;
        }
        equal(loads, 40);
      }
    },
  ],
  resumes: [
    'Aborted, warm lets what it has begun be and answers what is left; given that, the next call goes on.',
    async (bench) => {
      const cache = bench.cache();
      const controller = new AbortController();
      const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
      let loads = 0;
      const loader = async (): Promise<number> => {
        loads += 1;
        if (loads === 5) controller.abort();
        return loads;
      };
      const first = await cache.warm(keys, loader, { concurrency: 1, signal: controller.signal });
      ok(first.left.length >= 15, `${first.left.length} are left`);
      equal(first.loaded + first.left.length, 20);
      equal(first.failures.size, 0);
      const second = await cache.warm(first.left, loader);
      equal(second.loaded + second.skipped, first.left.length);
      equal((await cache.getMany(keys)).filter((value) => value === undefined).length, 0);
    },
  ],
  input: [
    'Keys that are none, a loader that is none and bad options are refused before any I/O.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      const loader = (): number => 1;
      for (const bad of [5, null, undefined, 'abc', {}] as never[]) {
        await rejection('INVALID_OPTION', 'keys', () => cache.warm(bad, loader));
      }
      await rejection('INVALID_KEY', 'a key', () => cache.warm(['a', ''], loader));
      for (const bad of [5, null, undefined] as never[]) {
        await rejection('INVALID_OPTION', 'loader', () => cache.warm(['a'], bad));
      }
      for (const concurrency of [0, -1, 1.5, '3', Number.NaN] as never[]) {
        await rejection('INVALID_OPTION', 'concurrency', () => cache.warm(['a'], loader, { concurrency }));
      }
      await rejection('INVALID_OPTION', 'options', () => cache.warm(['a'], loader, null as never));
      await rejection('INVALID_TTL', 'ttl', () => cache.warm(['a'], loader, { ttl: -1 }));
      deepEqual(trips.calls, [], 'the adapter was called');
    },
  ],
});
