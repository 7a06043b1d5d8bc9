import { deepEqual, ok } from 'node:assert/strict';
import { FACETS, type FacetName } from '@cache/core';
import type { TestAdapter } from '../../kit/bench.ts';
import { type AdapterRule, group } from '../../rule.ts';

const METHODS: Readonly<Record<FacetName, readonly string[]>> = {
  sync: ['get', 'set', 'delete', 'clear'],
  expiry: ['readAndTouch', 'remaining'],
  counters: ['add'],
  scan: ['page'],
  server: ['report', 'client'],
  connection: ['ready', 'on'],
  journal: ['open'],
  pubsub: ['publish', 'number', 'subscribe'],
  tracking: ['track'],
};

/** What an adapter says of itself. */
export const declared: readonly AdapterRule[] = group('declared', {
  facets: [
    'The adapter has exactly the facets that its harness expects: none is lost, none is there undeclared.',
    async ({ adapter, harness }) => {
      const found = FACETS.filter((facet) => adapter[facet] !== undefined);
      deepEqual(
        found,
        FACETS.filter((facet) => harness.expects.includes(facet)),
      );
    },
  ],
  methods: [
    'The adapter has every method of the contract, and each facet that is there has every method of its own.',
    async ({ adapter }) => {
      const missing = ['read', 'write', 'remove', 'touch', 'close'].filter(
        (name) => !isMethod(adapter, name),
      );
      for (const facet of FACETS) missing.push(...missingOf(adapter, facet));
      deepEqual(missing, []);
    },
  ],
  limits: [
    'The adapter has a name and a kind of payload, and its limits are numbers: of keys at least 128 bytes, of payloads at least 1,000 bytes, of lives at least 30 days, of resolution at least 1 ms. Where it says into how many buckets a namespace is split, that is a whole number from 1 to 1024.',
    async ({ adapter }) => {
      ok(typeof adapter.name === 'string' && adapter.name.length > 0, 'no name');
      ok(adapter.payload === 'bytes' || adapter.payload === 'reference', `payload ${adapter.payload}`);
      const { buckets = 1 } = adapter;
      ok(Number.isInteger(buckets) && buckets >= 1 && buckets <= 1024, `buckets ${buckets}`);
      const { maxKeyBytes, maxValueBytes, maxTtlMs, ttlResolutionMs } = adapter.limits;
      ok(maxKeyBytes >= 128, `maxKeyBytes ${maxKeyBytes}`);
      ok(maxValueBytes >= 1000, `maxValueBytes ${maxValueBytes}`);
      ok(maxTtlMs >= 30 * 86_400_000, `maxTtlMs ${maxTtlMs}`);
      ok(ttlResolutionMs >= 1 && Number.isFinite(ttlResolutionMs), `ttlResolutionMs ${ttlResolutionMs}`);
    },
  ],
});

function missingOf(adapter: TestAdapter, facet: FacetName): string[] {
  const found = adapter[facet];
  if (found === undefined) return [];
  return METHODS[facet].filter((name) => !isMethod(found, name)).map((name) => `${facet}.${name}`);
}

function isMethod(object: object, name: string): boolean {
  return typeof Reflect.get(object, name) === 'function';
}
