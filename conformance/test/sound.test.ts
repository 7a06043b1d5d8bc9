import { type Bus, memoryBus } from '@cache/core';
import { describe, expect, test } from 'vitest';
import { type AdapterHarness, harnessOf, run } from '../src/index.ts';
import { localStore } from '../src/kit/local-store.ts';
import { falseAlarms } from '../src/mutants/trial.ts';
import { evictingHarness } from '../src/mutants/unusual.ts';

const PATIENT = 120_000;

describe('what is sound passes everything', () => {
  test(
    'the reference adapter, over a network that can be troubled',
    async () => {
      const report = await run(harnessOf());
      expect(falseAlarms(report)).toEqual([]);
      expect(report.totals.skipped).toBeLessThan(12);
    },
    PATIENT,
  );

  test(
    'caches with a local tier and a bus before it',
    async () => {
      const buses = new Map<unknown, Bus>();
      const harness: AdapterHarness = {
        ...harnessOf(),
        known: {
          'cache/cost/hit': 'a copy costs no call',
          'cache/tags/cost': 'a copy costs no call',
          'cache/breaker/opens': 'a copy serves while the server is out of reach',
          'cache/loss/lost': 'a copy serves for its life where nobody tells of the loss',
          'cache/loss/restored': 'a copy serves for its life where nobody tells of the loss',
          'cache/loss/cleared-since': 'a copy serves for its life where nobody tells of the loss',
          'cache/copies/options': 'this harness gives what is missing',
          'cache/guarantees/says': 'this harness gives a tier to each',
          'cache/guarantees/staleness': 'this harness gives a bus to each',
          'cache/replicas/hit': 'a cache with a tier asks no replica',
          'cache/replicas/invalidations': 'a cache with a tier asks no replica',
          'cache/replicas/refresh': 'a cache with a tier asks no replica',
          'cache/replicas/remembers': 'a cache with a tier asks no replica',
          'cache/replicas/failure': 'a cache with a tier asks no replica',
          'cache/replicas/apart': 'a cache with a tier asks no replica',
          'cache/replicas/guarantees': 'a cache with a tier asks no replica',
        },
        cacheOf: (options, sound) => {
          const bus = buses.get(options.namespace) ?? memoryBus();
          buses.set(options.namespace, bus);
          return sound({ local: localStore(), bus, localTtl: '1h', ...options });
        },
      };
      expect(falseAlarms(await run(harness, { suites: ['cache'] }))).toEqual([]);
    },
    PATIENT,
  );

  test(
    'an adapter whose replica lags',
    async () => {
      const harness = harnessOf({ name: 'lags', does: 'nothing', caughtBy: [], replicas: true });
      const report = await run(harness, { suites: ['adapter'] });
      expect(falseAlarms(report)).toEqual([]);
      const own = report.results.filter(({ id }) => id.startsWith('replicas/'));
      expect(own.map(({ status }) => status)).toEqual(['passed', 'passed', 'passed']);
    },
    PATIENT,
  );

  test(
    'the models permit what a store that evicts answers',
    async () => {
      const of = (models: readonly string[]) => ({ only: models });
      const stores = ['model/adapter', 'linearizable/conditions', 'linearizable/counters'];
      const calls = ['cache/orders/values', 'cache/orders/lost', 'cache/orders/counters'];
      const full = evictingHarness(false);
      expect(falseAlarms(await run(full, of([...stores, 'cache/model'])))).toEqual([]);
      expect(falseAlarms(await run(evictingHarness(true), of(calls)))).toEqual([]);
      const silent: AdapterHarness = {
        ...full,
        models: { seed: 7 },
        async open(options) {
          const { evicts: _, ...opened } = await full.open(options);
          return opened;
        },
      };
      // Without that declaration it is broken.
      const report = await run(silent, { only: ['model/adapter', 'cache/model'] });
      expect(report.totals.failed).toBe(2);
    },
    PATIENT,
  );
});
