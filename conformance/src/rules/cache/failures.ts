import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Failure } from '@cache/core';
import { broken, partOf, survives } from '../../kit/broken.ts';
import { rejection } from '../../kit/cache-bench.ts';
import { type CacheMethod, cacheMethodsOf } from '../../kit/cache-methods.ts';
import { within } from '../../kit/check.ts';
import { type Around, around } from '../../kit/wrap.ts';
import { type CacheRule, group } from '../../rule.ts';

const DOWN: Failure = {
  code: 'UNAVAILABLE',
  message: 'no connection',
  retryable: true,
  outcome: 'not-applied',
};
const TIMEOUT_MS = 40;
const LATE_MS = 5000;
const EFFECTS = ['write', 'remove', 'touch', 'readAndTouch', 'add', 'addFloat'];

export const failures: readonly CacheRule[] = group('cache/failures', {
  'reads-open': [
    'While the server fails, get, getMany and getBytes answer a miss, lookup answers `unavailable`, and getOrSet loads; each tells an `error` event that was swallowed.',
    async (bench) => {
      for (const method of cacheMethodsOf(bench)) {
        if (method.failsOpen === undefined) continue;
        const cache = broken(bench, async (_name, items) => items.map(() => ({ ok: false, error: DOWN })));
        const events: boolean[] = [];
        cache.on('error', ({ error, swallowed }) => {
          events.push(swallowed);
          equal(error.code, 'UNAVAILABLE');
          equal(error.operation, method.name);
        });
        const answer = await method.call(cache, 'k');
        ok(method.failsOpen(answer), `${method.name} answered ${JSON.stringify(answer)}`);
        ok(events.length > 0 && events.every(Boolean), `${method.name} told ${events.length} events`);
      }
    },
  ],
  'reads-closed': [
    "With `onReadFailure: 'throw'`, get, getMany, getBytes and lookup reject instead.",
    async (bench) => {
      const answer: Around = async (_name, items) => items.map(() => ({ ok: false, error: DOWN }));
      const cache = bench.cache({ adapter: around(bench.adapter, answer), onReadFailure: 'throw' });
      for (const method of cacheMethodsOf(bench)) {
        if (method.failsOpen === undefined || /getOrSet|refresh/.test(method.name)) continue;
        await rejection('UNAVAILABLE', method.name, () => method.call(cache, 'k'));
      }
    },
  ],
  'rest-loud': [
    'While the server fails, every method but those reads rejects, with the code, key and operation, and with what became of the effect.',
    async (bench) => {
      for (const outcome of ['not-applied', 'unknown'] as const) {
        const failure: Failure = { ...DOWN, outcome };
        const cache = broken(bench, async (name, items, go) => {
          return EFFECTS.includes(name) ? items.map(() => ({ ok: false, error: failure })) : await go();
        });
        const sound = bench.cache();
        await sound.setMany(['k', 'absent'].map((key) => [key, 1, { grace: '1h' }]));
        await sound.delete('absent');
        // So that it knows the records.
        await cache.getMany(['k', 'absent']);
        for (const method of cacheMethodsOf(bench)) {
          if (method.failsOpen !== undefined || ['has', 'ttl', 'keys', 'serverStats'].includes(method.name))
            continue;
          const key = method.name === 'add' ? 'absent' : 'k';
          const error = await rejection(['UNAVAILABLE', 'PARTIAL'], method.name, () =>
            method.call(cache, key),
          );
          const inner = partOf(error, method, key);
          equal(inner.code, 'UNAVAILABLE', method.name);
          equal(inner.outcome, outcome, method.name);
          equal(error.outcome, outcome, method.name);
          equal(inner.retryable, true);
          equal(inner.operation, method.name);
        }
      }
    },
  ],
  'rest-loud-reads': [
    'has and ttl reject while the server fails: no answer is better than a wrong one.',
    async (bench) => {
      const cache = broken(bench, async (_name, items) => items.map(() => ({ ok: false, error: DOWN })));
      await rejection('UNAVAILABLE', 'has', () => cache.has('k'));
      await rejection('UNAVAILABLE', 'ttl', () => cache.ttl('k'));
    },
  ],
  hangs: [
    'With an adapter that never answers, every call settles soon after its timeout: reads as misses, everything else with TIMEOUT, `unknown` if the effect was handed over and `not-applied` if not.',
    async (bench) => {
      const settles = async (method: CacheMethod): Promise<void> => {
        const handed: string[] = [];
        let hanging = false;
        const cache = broken(bench, (name, _items, go) => {
          if (!hanging) return go();
          handed.push(name);
          return new Promise(() => {});
        });
        await cache.set('k', 1, { grace: '1h' });
        hanging = true;
        const call = (): Promise<unknown> =>
          within(LATE_MS, method.name, method.call(cache, 'k', { timeout: TIMEOUT_MS }));
        if (method.failsOpen !== undefined) {
          const answer = await call();
          ok(method.failsOpen(answer), `${method.name} answered ${JSON.stringify(answer)}`);
          return;
        }
        const error = await rejection(['TIMEOUT', 'PARTIAL'], method.name, call);
        const effect = handed.some((name) => EFFECTS.includes(name));
        equal(partOf(error, method, 'k').code, 'TIMEOUT');
        equal(
          error.outcome,
          effect ? 'unknown' : 'not-applied',
          `${method.name}, which handed over ${handed.join(', ')}`,
        );
      };
      await Promise.all(cacheMethodsOf(bench).map(settles));
    },
  ],
  throws: [
    'An adapter that throws or rejects, though it must not, leaves no call unsettled and no rejection unhandled: reads are misses, everything else rejects.',
    async (bench) => {
      const secret = new Error('driver bug');
      const faults: Around[] = [
        () => {
          throw secret;
        },
        () => Promise.reject(secret),
      ];
      for (const fault of faults) await survives(bench, fault);
    },
  ],
  malformed: [
    'An adapter that answers no list, too few or too many outcomes, or what is no outcome, leaves no call unsettled: reads are misses, everything else rejects with INTERNAL.',
    async (bench) => {
      const answers: readonly unknown[] = [
        undefined,
        null,
        [],
        {},
        'no',
        [undefined],
        [null],
        [{}],
        [5],
        [{ ok: false }],
      ];
      for (const answer of answers) await survives(bench, async () => answer as never, answer);
      const result = { ok: true, value: undefined } as const;
      await survives(bench, async (_name, items) => [...items.map(() => result), result]);
    },
  ],
  'load-goes-on': [
    'A server that is down keeps no load from running: one a key at a time, shared by those who wait.',
    async (bench) => {
      const cache = broken(bench, async (_name, items) => items.map(() => ({ ok: false, error: DOWN })));
      let loads = 0;
      const loader = async (): Promise<string> => {
        loads += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return 'loaded';
      };
      const answers = await Promise.all(Array.from({ length: 20 }, () => cache.getOrSet('k', loader)));
      deepEqual(answers, new Array(20).fill('loaded'));
      ok(loads <= 2, `${loads} loads`);
    },
  ],
  recovers: [
    'When the server answers again, so does the cache, without further ado.',
    async (bench) => {
      let down = true;
      const cache = broken(bench, async (_name, items, go) => {
        return down ? items.map(() => ({ ok: false, error: DOWN })) : await go();
      });
      await rejection('UNAVAILABLE', 'set', () => cache.set('k', 1));
      equal(await cache.get('k'), undefined);
      down = false;
      await cache.set('k', 1);
      equal(await cache.get('k'), 1);
    },
  ],
});
