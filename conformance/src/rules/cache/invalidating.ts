import { deepEqual, equal, ok } from 'node:assert/strict';
import { Gate } from '../../faults/gate.ts';
import { rejection, type TestCache } from '../../kit/cache-bench.ts';
import { rejectsWith } from '../../kit/check.ts';
import { pair } from '../../kit/fleet.ts';
import { loading } from '../../kit/loading.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { around } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const DOWN = { code: 'UNAVAILABLE', message: 'down', retryable: true, outcome: 'not-applied' } as const;

/** Writes of the source, around which nothing old stays. */
export const invalidating: readonly CacheRule[] = group('cache/invalidating', {
  during: [
    'While the source is written, the keys are misses and nothing that is loaded is kept, in any process; afterwards they load anew. What the write returned is returned.',
    async (bench) => {
      const [one, two] = pair(bench);
      await one.setMany([
        ['k', 'before'],
        ['l', 'before'],
        ['other', 'before'],
      ]);
      const writing = await begin(one, ['k', 'l']);
      for (const cache of [two, one]) {
        deepEqual(await cache.getMany(['k', 'l', 'other']), [undefined, undefined, 'before']);
        equal(await cache.getOrSet('k', () => 'old'), 'old');
        deepEqual(await cache.getOrSetMany(['l'], () => new Map([['l', 'old']])), ['old']);
        equal(await cache.refresh('k', () => 'old'), 'old');
        equal((await cache.lookup('k')).state, 'miss');
        equal(await cache.has('l'), false);
      }
      equal(await writing.end(), 'written');
      for (const cache of [two, one]) equal(await cache.getOrSet('k', () => 'new'), 'new');
      equal(await two.get('l'), undefined);
    },
  ],
  overtaken: [
    'A load that began before the write or during it is not kept afterwards, nor returned to a later caller, also when it ends later.',
    async (bench) => {
      for (const stale of [false, true]) {
        const [one, two] = pair(bench);
        if (stale) {
          await one.set('k', 'stale', { grace: '1h' });
          await one.expire('k');
        }
        const before = await loading(two, 'old');
        const writing = await begin(one, ['k']);
        const during = await loading(one, 'old');
        await writing.end();
        const later = two.getOrSet('k', () => 'new');
        await Promise.all([before.finish(), during.finish()]);
        equal(await later, 'new');
        for (const cache of [one, two]) equal(await cache.get('k'), 'new');
        await one.delete('k');
      }
    },
  ],
  writers: [
    'Of several who write a key at the same time, the last to end lets it be kept again.',
    async (bench) => {
      const [one, two] = pair(bench);
      const [first, second] = [await begin(one, ['k']), await begin(two, ['k'])];
      await first.end();
      equal(await one.getOrSet('k', () => 'old'), 'old');
      deepEqual([await one.get('k'), await two.get('k')], [undefined, undefined]);
      await second.end();
      equal(await one.getOrSet('k', () => 'new'), 'new');
      equal(await two.get('k'), 'new');
    },
  ],
  'set-during': [
    'What is set while the source is written is gone afterwards.',
    async (bench) => {
      const [one, two] = pair(bench);
      for (const write of [
        (cache: TestCache) => cache.set('k', 'old'),
        (cache: TestCache) => cache.add('k', 'old'),
        (cache: TestCache) => cache.getAndSet('k', 'old'),
      ]) {
        const writing = await begin(one, ['k']);
        await write(two);
        equal(await two.get('k'), 'old');
        await writing.end();
        deepEqual([await one.get('k'), await two.get('k')], [undefined, undefined]);
      }
    },
  ],
  throws: [
    'What the write throws is thrown, and the keys are gone, since it may have written.',
    async (bench) => {
      const cache = bench.cache();
      const error = new Error('the source refused');
      for (const write of [
        () => Promise.reject(error),
        () => {
          throw error;
        },
      ]) {
        await cache.set('k', 1);
        await rejectsWith(error, cache.invalidating(['k'], write));
        equal(await cache.get('k'), undefined);
        equal(await cache.getOrSet('k', () => 2), 2);
        equal(await cache.get('k'), 2);
      }
    },
  ],
  'mark-fails': [
    "Where the keys cannot be marked, the write does not run and the call rejects; with `onMarkFailure: 'run'` it runs, and the call rejects only if the keys cannot be deleted afterwards either.",
    async (bench) => {
      let down = false;
      const adapter = around(bench.adapter, async (_name, items, go) => {
        return down ? items.map(() => ({ ok: false, error: DOWN })) : await go();
      });
      const [one, two] = [bench.cache({ adapter }), bench.cache()];
      let runs = 0;
      const write = (): number => {
        runs += 1;
        return runs;
      };
      await two.set('k', 'before');
      down = true;
      const error = await rejection(['UNAVAILABLE', 'PARTIAL'], 'invalidating', () =>
        one.invalidating(['k'], write),
      );
      equal(error.outcome, 'not-applied');
      equal(runs, 0);
      equal(await two.get('k'), 'before');
      const options = { onMarkFailure: 'run' } as const;
      const unsure = await rejection('UNAVAILABLE', 'invalidating', () =>
        one.invalidating(['k'], write, options),
      );
      deepEqual([runs, unsure.outcome], [1, 'applied']);
      const recovering = (): number => {
        down = false;
        return write();
      };
      equal(await one.invalidating(['k'], recovering, options), 2);
      equal(await two.get('k'), undefined);
      equal(await two.getOrSet('k', () => 'new'), 'new');
    },
  ],
  'end-fails': [
    'Where the marks cannot be taken away afterwards, the call succeeds: nothing is kept until they end by themselves.',
    async (bench) => {
      let down = false;
      const adapter = around(bench.adapter, async (_name, items, go) => {
        return down ? items.map(() => ({ ok: false, error: DOWN })) : await go();
      });
      const [one, two] = [bench.cache({ adapter, audited: false }), bench.cache()];
      const write = (): string => {
        down = true;
        return 'written';
      };
      equal(await one.invalidating(['k'], write, { mark: '10s' }), 'written');
      down = false;
      equal(await two.getOrSet('k', () => 'old'), 'old');
      equal(await two.get('k'), undefined);
      bench.clock.advance(10_001);
      equal(await two.getOrSet('k', () => 'new'), 'new');
      equal(await two.get('k'), 'new');
    },
  ],
  signal: [
    'A signal that is aborted during the write leaves no mark behind.',
    async (bench) => {
      const cache = bench.cache();
      const controller = new AbortController();
      const write = (): number => {
        controller.abort();
        return 1;
      };
      equal(await cache.invalidating(['k'], write, { signal: controller.signal }), 1);
      await cache.getOrSet('k', () => 'new');
      equal(await cache.get('k'), 'new');
    },
  ],
  'mark-length': [
    'A mark ends by itself after its length, and not before.',
    async (bench) => {
      const [one, two] = pair(bench);
      const writing = await begin(one, ['k'], 10_000);
      bench.clock.advance(9000);
      await two.getOrSet('k', () => 'old');
      equal(await two.get('k'), undefined);
      bench.clock.advance(1001);
      await two.getOrSet('k', () => 'new');
      equal(await two.get('k'), 'new');
      await writing.end();
      equal(await two.get('k'), undefined, 'what was loaded before the write had ended was kept');
    },
  ],
  input: [
    'Keys, functions and options that are none are refused before any I/O, and the write does not run. No keys, no marks.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      let runs = 0;
      const write = (): number => {
        runs += 1;
        return runs;
      };
      for (const bad of ['k', 5, null, undefined] as never[]) {
        await rejection('INVALID_OPTION', 'keys', () => cache.invalidating(bad, write));
      }
      await rejection('INVALID_KEY', 'key', () => cache.invalidating(['k', ''], write));
      for (const bad of [undefined, null, 'f'] as never[]) {
        await rejection('INVALID_OPTION', 'write', () => cache.invalidating(['k'], bad));
      }
      await rejection('INVALID_OPTION', 'option', () =>
        cache.invalidating(['k'], write, { onMarkFailure: 'maybe' as never }),
      );
      await rejection('INVALID_OPTION', 'options', () => cache.invalidating(['k'], write, null as never));
      await rejection('INVALID_TTL', 'mark', () => cache.invalidating(['k'], write, { mark: 0 }));
      equal(runs, 0);
      equal(await cache.invalidating([], write), 1);
      deepEqual(trips.calls, [], 'the adapter was called');
    },
  ],
  cost: [
    'invalidating waits for the adapter four times at most, however many keys there are.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
      await cache.setMany(keys.map((key) => [key, 1]));
      trips.begin();
      await cache.invalidating(keys, () => undefined);
      ok(trips.inARow <= 4, `it waited ${trips.inARow} times`);
      deepEqual(await cache.getMany(keys), new Array(100).fill(undefined));
    },
  ],
});

/** A write of the source that is under way, and how to end it. */
async function begin(
  cache: TestCache,
  keys: readonly string[],
  mark: number | undefined = undefined,
): Promise<{ end(): Promise<unknown> }> {
  const gate = new Gate();
  const write = async (): Promise<string> => {
    await gate.pass();
    return 'written';
  };
  const call = cache.invalidating(keys, write, mark === undefined ? {} : { mark });
  await Promise.race([gate.arrived(), call]);
  return {
    end: () => {
      gate.open();
      return call;
    },
  };
}
