import { deepEqual, equal, ok } from 'node:assert/strict';
import type { LoadContext, LoadOptions } from '@cache/core';
import { Gate } from '../../faults/gate.ts';
import { BAD_TTLS } from '../../kit/bad-input.ts';
import { rejection, type TestCache } from '../../kit/cache-bench.ts';
import { rejectsWith, turns, until, within } from '../../kit/check.ts';
import { DrivenClock } from '../../kit/driven-clock.ts';
import { loading } from '../../kit/loading.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { staleAt } from '../../kit/stale.ts';
import { type CacheRule, group } from '../../rule.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const LATE_MS = 8000;
const DOWN = new Error('the source is down');
const failing = async (): Promise<never> => {
  throw DOWN;
};

/** When values are loaded anew, and what serves meanwhile. */
export const freshness: readonly CacheRule[] = group('cache/freshness', {
  'refresh-at': [
    'With `refreshAt`, a hit after that fraction of the life has the value loaded anew behind it, once, and answers at once what is there.',
    async (bench) => {
      const cache = bench.cache();
      const options = { ttl: HOUR, refreshAt: 0.8 };
      const gate = new Gate();
      const behind: boolean[] = [];
      const loader = async (context: LoadContext): Promise<string> => {
        behind.push(context.background);
        await gate.pass();
        return 'new';
      };
      equal(await cache.getOrSet('k', () => 'old', options), 'old');
      bench.clock.advance(HOUR * 0.8 - 1);
      equal(await cache.getOrSet('k', loader, options), 'old');
      await turns(5);
      deepEqual(behind, [], 'too early');
      bench.clock.advance(1);
      const hits = await Promise.all(Array.from({ length: 20 }, () => cache.getOrSet('k', loader, options)));
      deepEqual(hits, new Array(20).fill('old'));
      await within(bench.patienceMs, 'the refresh', gate.arrived());
      equal(await cache.getOrSet('k', loader, options), 'old');
      gate.open();
      await until(LATE_MS, 'the refresh', async () => (await cache.get('k')) === 'new');
      deepEqual(behind, [true]);
      equal(await cache.ttl('k'), HOUR);
      equal(await cache.getOrSet('k', loader, options), 'new');
      await turns(5);
      equal(behind.length, 1, 'a fresh value was loaded');
    },
  ],
  beta: [
    'With `beta`, a hit is refreshed early at random, the likelier the nearer the end and the longer the load took; without it never.',
    async (bench) => {
      let random = 0.5;
      const cache = bench.cache({ random: () => random });
      let loads = 0;
      const slow = (): number => {
        loads += 1;
        bench.clock.advance(1000);
        return loads;
      };
      // The clock takes real time in by steps: a load in which one falls took longer.
      for (let took = 0; took !== 1000; ) {
        await cache.delete('k');
        loads = 0;
        const before = bench.clock.monotonic();
        await cache.getOrSet('k', slow, { ttl: HOUR });
        took = bench.clock.monotonic() - before;
      }
      // 1000 ms × beta × -ln(random) before the end: 693 ms for one half.
      bench.clock.advance(HOUR - 1500);
      await ask(cache, slow, { beta: 1 });
      equal(loads, 1, 'too early');
      bench.clock.advance(600);
      await ask(cache, slow, {});
      equal(loads, 1, 'without beta');
      await ask(cache, slow, { beta: 1 });
      equal(loads, 1, 'too early');
      random = 0.3;
      await ask(cache, slow, { beta: 0.5 });
      equal(loads, 1, 'less beta is later');
      await ask(cache, slow, { beta: 1 });
      await until(LATE_MS, 'the refresh', () => loads === 2);
    },
  ],
  adaptive: [
    'A loader gives its value another life or other tags, or has it not kept: by setTtl, setTags and dontStore of its context, taken out of it or not.',
    async (bench) => {
      const cache = bench.cache();
      const life = await cache.getOrSet(
        'k',
        (context) => {
          context.setTtl('2h');
          context.setTags(['t']);
          return 1;
        },
        { ttl: HOUR, jitter: 0.5, grace: MINUTE, tags: ['u'] },
      );
      equal(life, 1);
      equal(await cache.ttl('k'), 2 * HOUR);
      const found = await cache.lookup('k');
      deepEqual(found.state === 'hit' && found.tags, ['t']);
      const until2h = await cache.getOrSet('at', ({ setTtl }) => setTtl('2h') ?? 1, {
        expiresAt: bench.clock.now() + MINUTE,
      });
      equal(until2h, 1);
      equal(await cache.ttl('at'), 2 * HOUR);
      equal(await cache.getOrSet('not', ({ dontStore }) => dontStore() ?? 'handed', {}), 'handed');
      equal((await cache.lookup('not')).state, 'miss');
      for (const bad of [0, -1, 'x', Number.NaN] as never[]) {
        await rejection('INVALID_TTL', 'setTtl', () =>
          cache.getOrSet('bad', ({ setTtl }) => setTtl(bad) ?? 1),
        );
      }
    },
  ],
  conditional: [
    'A loader gets the stale value and what its source said of it (etag, lastModified); notModified keeps it for a new life, a new value forgets what it does not say again.',
    async (bench) => {
      const cache = bench.cache();
      const seen: unknown[] = [];
      const options = { ttl: MINUTE, grace: HOUR };
      const loader = (answer: (context: LoadContext) => unknown) => {
        return async (context: LoadContext): Promise<unknown> => {
          seen.push([context.stale, context.etag, context.lastModified]);
          return answer(context);
        };
      };
      const first = loader((context) => {
        context.etag = '"1"';
        context.lastModified = 'Mon';
        return 'one';
      });
      equal(await cache.getOrSet('k', first, options), 'one');
      bench.clock.advance(2 * MINUTE);
      equal(
        await cache.getOrSet(
          'k',
          loader(({ notModified }) => notModified()),
          options,
        ),
        'one',
      );
      equal(await cache.get('k'), 'one');
      equal(await cache.ttl('k'), MINUTE);
      bench.clock.advance(2 * MINUTE);
      const renamed = loader((context) => {
        context.etag = '"2"';
        return context.notModified();
      });
      equal(await cache.getOrSet('k', renamed, options), 'one');
      bench.clock.advance(2 * MINUTE);
      equal(
        await cache.getOrSet(
          'k',
          loader(() => 'two'),
          options,
        ),
        'two',
      );
      bench.clock.advance(2 * MINUTE);
      equal(
        await cache.getOrSet(
          'k',
          loader(() => 'three'),
          options,
        ),
        'three',
      );
      deepEqual(seen, [
        [undefined, '', ''],
        ['one', '"1"', 'Mon'],
        ['one', '"1"', 'Mon'],
        ['one', '"2"', 'Mon'],
        ['two', '', ''],
      ]);
      await rejection('INVALID_VALUE', 'notModified', () =>
        cache.getOrSet('absent', ({ notModified }) => notModified()),
      );
    },
  ],
  background: [
    'What fails behind a hit is a swallowed `error` event, and nobody’s rejection; the hit counts, and the next attempt waits a second. waitUntil gets a promise that never rejects.',
    async (bench) => {
      const promises: Promise<unknown>[] = [];
      const cache = bench.cache({ waitUntil: (promise) => promises.push(promise) });
      const swallowed: [string | undefined, boolean][] = [];
      cache.on('error', (event) => swallowed.push([event.error.key, event.swallowed]));
      const options = { ttl: HOUR, refreshAt: 0.5 };
      await cache.set('k', 'old', options);
      bench.clock.advance(HOUR / 2);
      equal(await cache.getOrSet('k', failing, options), 'old');
      equal(promises.length, 1);
      await within(LATE_MS, 'what goes on behind', Promise.all(promises));
      equal(swallowed.length, 1);
      equal(swallowed[0]?.[1], true);
      equal(await cache.getOrSet('k', failing, options), 'old');
      await turns(5);
      equal(cache.stats().loads, 1, 'it tried again at once');
      bench.clock.advance(1010);
      equal(await cache.getOrSet('k', () => 'new', options), 'old');
      await Promise.all(promises);
      equal(await cache.get('k'), 'new');
    },
  ],
  refresh: [
    'refresh answers what the loader brings now and replaces what is there, fresh or not; it shares a load only if that began after the call, and rejects as its loader does.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 'old', { grace: HOUR });
      equal(await cache.refresh('k', () => 'new', { ttl: HOUR, tags: ['t'] }), 'new');
      equal(await cache.get('k'), 'new');
      equal(await cache.ttl('k'), HOUR);
      equal(await cache.refresh('absent', () => 1), 1);
      equal(await cache.get('absent'), 1);
      await cache.delete('k');
      const first = await loading(cache, 'before');
      const later = cache.refresh('k', () => 'after');
      equal(await first.finish(), 'before');
      equal(await later, 'after');
      equal(await cache.get('k'), 'after');
      await staleAt(cache, 'k', ['t']);
      await rejectsWith(DOWN, cache.refresh('k', failing));
      equal((await cache.lookup('k')).state, 'stale');
    },
  ],
  life: [
    'What is loaded has the life that its options ask for: ttl, expiresAt, sliding, grace, jitter.',
    async (bench) => {
      const cache = bench.cache({ random: () => 1 });
      const load = (key: string, options: LoadOptions): Promise<number> =>
        cache.getOrSet(key, () => 1, options);
      await load('ttl', { ttl: HOUR });
      await load('at', { expiresAt: bench.clock.now() + HOUR });
      await load('jitter', { ttl: HOUR, jitter: 0.5 });
      await load('grace', { ttl: MINUTE, grace: HOUR });
      deepEqual(
        [await cache.ttl('ttl'), await cache.ttl('at'), await cache.ttl('jitter')],
        [HOUR, HOUR, HOUR / 2],
      );
      bench.clock.advance(2 * MINUTE);
      equal((await cache.lookup('grace')).state, 'stale');
    },
  ],
  defaults: [
    'A namespace gives its loads defaults, and a call others.',
    async (bench) => {
      const clock = new DrivenClock(bench);
      const defaults = { hardTimeout: 40, nullTtl: MINUTE, failurePause: MINUTE };
      const space = bench.cache({ clock }).namespace('n', defaults);
      equal(await space.getOrSet('null', () => null), null);
      equal(await space.ttl('null'), MINUTE);
      equal(await space.getOrSet('own', () => null, { nullTtl: HOUR }), null);
      equal(await space.ttl('own'), HOUR);
      const gate = new Gate();
      const slow = async (): Promise<number> => {
        await gate.pass();
        return 1;
      };
      const call = rejection('TIMEOUT', 'getOrSet', () => space.getOrSet('slow', slow));
      await clock.settle('getOrSet', 20, call);
      await rejection('TIMEOUT', 'getOrSet', () => space.getOrSet('slow', () => 1));
      gate.open();
    },
  ],
  input: [
    'Options of a load that are none are refused before any I/O and before the loader runs.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      let loads = 0;
      const loader = (): number => {
        loads += 1;
        return 1;
      };
      const refuse = async (code: 'INVALID_OPTION' | 'INVALID_TTL', bad: object): Promise<void> => {
        await rejection(code, JSON.stringify(bad), () => cache.getOrSet('k', loader, bad));
        await rejection(code, JSON.stringify(bad), () => cache.refresh('k', loader, bad));
        await rejection(code, JSON.stringify(bad), () => cache.getOrSetMany(['k'], () => new Map(), bad));
      };
      for (const refreshAt of [0, 1, -1, 2, Number.NaN, '0.5', null]) {
        await refuse('INVALID_OPTION', { refreshAt });
      }
      for (const beta of [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null]) {
        await refuse('INVALID_OPTION', { beta });
      }
      for (const bad of BAD_TTLS) {
        for (const name of ['softTimeout', 'hardTimeout', 'failurePause', 'nullTtl']) {
          await refuse('INVALID_TTL', { [name]: bad });
        }
      }
      for (const bad of [undefined, null, 5, 'f', {}] as never[]) {
        await rejection('INVALID_OPTION', 'no loader', () => cache.getOrSet('k', bad));
        await rejection('INVALID_OPTION', 'no loader', () => cache.refresh('k', bad));
        await rejection('INVALID_OPTION', 'no loader', () => cache.getOrSetMany(['k'], bad));
      }
      for (const lease of ['2h', 0, 'x'] as never[]) {
        let code: unknown;
        try {
          bench.cache({ lease });
        } catch (error) {
          code = (error as { code?: unknown }).code;
        }
        ok(code === 'INVALID_OPTION' || code === 'INVALID_TTL', `a lease of ${lease} was accepted`);
      }
      deepEqual(trips.calls, [], 'the adapter was called');
      equal(loads, 0, 'the loader ran');
    },
  ],
});

/** A hit, and whatever goes on behind it. */
async function ask(cache: TestCache, loader: () => number, options: LoadOptions): Promise<void> {
  ok((await cache.getOrSet('k', loader, { ttl: HOUR, ...options })) > 0);
  await turns(10);
}
