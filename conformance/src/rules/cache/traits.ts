import { deepEqual, equal, ok } from 'node:assert/strict';
import { rejection } from '../../kit/cache-bench.ts';
import { cacheMethodsOf } from '../../kit/cache-methods.ts';
import { turns, within } from '../../kit/check.ts';
import { DrivenClock } from '../../kit/driven-clock.ts';
import { RoundTrips } from '../../kit/round-trips.ts';
import { around, withParts } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

export const traits: readonly CacheRule[] = group('cache/every', {
  closed: [
    'After close, every method rejects with CLOSED (one of many keys with PARTIAL, and CLOSED for each key), reads too, and the adapter is not called.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      await cache.set('k', 1);
      await cache.close();
      trips.begin();
      for (const method of cacheMethodsOf(bench)) {
        const error = await rejection(['CLOSED', 'PARTIAL'], method.name, () => method.call(cache, 'k'));
        equal(error.code === 'PARTIAL' ? error.failures?.get('k')?.code : error.code, 'CLOSED', method.name);
        equal(error.outcome, 'not-applied');
      }
      await rejection('CLOSED', 'ready', () => cache.ready());
      await rejection('CLOSED', 'get of a namespace', () => cache.namespace('n').get('k'));
      deepEqual(trips.calls, []);
    },
  ],
  'close-twice': [
    'close may be called again and resolves; it closes the adapter only where the cache owns it.',
    async (bench) => {
      const closes: string[] = [];
      const adapter = (name: string) =>
        withParts(bench.adapter, {
          close: async () => {
            closes.push(name);
          },
        });
      const owner = bench.cache({ adapter: adapter('owned'), ownsAdapter: true });
      await Promise.all([owner.close(), owner.close()]);
      await owner.close();
      await bench.cache({ adapter: adapter('shared'), ownsAdapter: false }).close();
      deepEqual(closes, ['owned']);
      await owner[Symbol.asyncDispose]();
    },
  ],
  closing: [
    'close waits for calls under way, which settle as they would have.',
    async (bench) => {
      const cache = bench.cache();
      await cache.set('k', 1);
      const pending = [cache.get('k'), cache.set('other', 2), cache.delete('absent')];
      const closing = cache.close();
      deepEqual(await within(bench.patienceMs, 'calls under way', Promise.all(pending)), [
        1,
        undefined,
        false,
      ]);
      await within(bench.patienceMs, 'close', closing);
      equal(await bench.cache().get('other'), 2);

      const first = bench.cache({ namespace: `${bench.prefix}/first` });
      const set = first.set('k', 3);
      await within(bench.patienceMs, 'close', first.close());
      await within(bench.patienceMs, 'a first call, of several steps', set);
      equal(await bench.cache({ namespace: `${bench.prefix}/first` }).get('k'), 3);
    },
  ],
  cancelled: [
    'With a signal that was aborted before, every method rejects with ABORTED (one of many keys with PARTIAL, and ABORTED for each key), reads too; nothing is changed, and the adapter is not called.',
    async (bench) => {
      const trips = new RoundTrips(bench.adapter);
      const cache = bench.cache({ adapter: trips.adapter });
      await cache.set('k', 1);
      trips.begin();
      const reason = new Error('no longer needed');
      const signal = AbortSignal.abort(reason);
      for (const method of cacheMethodsOf(bench)) {
        const error = await rejection(['ABORTED', 'PARTIAL'], method.name, () =>
          method.call(cache, 'k', { signal }),
        );
        const inner = error.code === 'PARTIAL' ? error.failures?.get('k') : error;
        equal(inner?.code, 'ABORTED', method.name);
        equal(inner?.cause, reason, `${method.name} lost the reason`);
        equal(error.outcome, 'not-applied');
      }
      deepEqual(trips.calls, []);
      equal(await cache.get('k'), 1);
    },
  ],
  aborted: [
    'Aborting a call under way rejects it at once with ABORTED, and neither its batch nor any other call of that batch.',
    async (bench) => {
      for (const method of cacheMethodsOf(bench)) {
        let open: () => void = () => {};
        const gate = new Promise<void>((resolve) => {
          open = resolve;
        });
        let slow = false;
        const cache = bench.cache({
          adapter: around(bench.adapter, async (_name, _items, go) => {
            const answer = go();
            if (slow) await gate;
            return await answer;
          }),
        });
        await cache.set('k', 1);
        slow = true;
        const controller = new AbortController();
        const call = rejection(['ABORTED', 'PARTIAL'], method.name, () =>
          method.call(cache, 'k', { signal: controller.signal }),
        );
        const other = cache.get('other');
        await turns();
        controller.abort();
        const error = await within(bench.patienceMs, method.name, call);
        equal(error.code === 'PARTIAL' ? error.failures?.get('k')?.code : error.code, 'ABORTED', method.name);
        open();
        equal(await within(bench.patienceMs, 'the other call', other), undefined);
      }
    },
  ],
  listeners: [
    'No call leaves a listener on its signal.',
    async (bench) => {
      const cache = bench.cache();
      const { signal } = new AbortController();
      const listeners = new Set<unknown>();
      const { addEventListener, removeEventListener } = signal;
      signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
        listeners.add(args[1]);
        addEventListener.apply(signal, args);
      };
      signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
        listeners.delete(args[1]);
        removeEventListener.apply(signal, args);
      };
      for (const method of cacheMethodsOf(bench)) {
        await method.call(cache, 'k', { signal });
        await turns(1);
        equal(listeners.size, 0, `${method.name} left a listener`);
      }
    },
  ],
  concurrent: [
    'Calls of every method at the same time on keys of their own do not disturb one another, and any number may be under way.',
    async (bench) => {
      const cache = bench.cache({ maxConcurrency: 2 });
      const alone = async (i: number): Promise<void> => {
        const key = `k${i}`;
        equal(await cache.add(key, i), true);
        equal(await cache.get(key), i);
        equal(await cache.getAndSet(key, -i), i);
        equal(await cache.getOrSet(key, () => 'loaded'), -i);
        equal(await cache.touch(key, { ttl: '1h' }), true);
        equal(await cache.ttl(key), 3_600_000);
        equal(await cache.delete(key), true);
        equal(await cache.get(key), undefined);
      };
      await Promise.all(Array.from({ length: 50 }, (_, i) => alone(i + 1)));
    },
  ],
  busy: [
    'A call that waits longer than its timeout for those under way rejects with BUSY, not applied; a read is a miss.',
    async (bench) => {
      let hanging = false;
      const clock = new DrivenClock(bench);
      const cache = bench.cache({
        clock,
        maxConcurrency: 1,
        adapter: around(bench.adapter, (_name, _items, go) => (hanging ? new Promise(() => {}) : go())),
      });
      await cache.setMany(['k', 'other'].map((key) => [key, 1]));
      hanging = true;
      const first = rejection('TIMEOUT', 'the first set', () => cache.set('k', 2, { timeout: 3000 }));
      await turns();
      const second = rejection('BUSY', 'a set that waits', () => cache.set('other', 1, { timeout: 30 }));
      const error = await clock.settle('a set that waits', 20, second);
      equal(error.outcome, 'not-applied');
      equal(error.retryable, true);
      const read = cache.get('k', { timeout: 30 });
      equal(await clock.settle('a read that waits', 20, read), undefined);
      await clock.settle('the first set', 1000, first);
    },
  ],
  promise: [
    'No method throws: what is wrong with a call rejects its promise.',
    async (bench) => {
      const cache = bench.cache();
      for (const method of cacheMethodsOf(bench)) {
        for (const [key, options] of [
          [undefined, undefined],
          ['k', 5],
          ['k', null],
          ['k', { timeout: 'x' }],
        ] as never[][]) {
          const promise: unknown = method.call(cache, key as never, options as never);
          ok(promise instanceof Promise, `${method.name} answered no promise`);
          await promise.catch(() => undefined);
        }
      }
    },
  ],
});
