import { equal } from 'node:assert/strict';
import type { Call, FacetName, Outcome } from '@cache/core';
import { type Bench, TEN_MINUTES } from './bench.ts';
import { floatsOf } from './check.ts';

/** One method of the contract, for laws that hold for all of them. */
export interface AdapterMethod {
  readonly name: string;
  readonly facet: FacetName | undefined;
  /** Calls it for these keys. */
  batch(keys: readonly string[], call: Call): Promise<Outcome<unknown>[]>;
  /** Makes what the method works upon, and answers a check that nothing of it was changed since. */
  prepare(bench: Bench, key: string): Promise<() => Promise<void>>;
}

/** Every batched method that the adapter has. */
export function methodsOf(bench: Bench): AdapterMethod[] {
  const { adapter } = bench;
  const { expiry, counters } = adapter;
  const ttlMs = 2 * TEN_MINUTES;
  const methods: AdapterMethod[] = [
    onValue('read', undefined, (keys, call) => adapter.read(keys, call)),
    onValue('write', undefined, (keys, call) => {
      return adapter.write(
        keys.map((key) => ({ key, payload: bench.payload('other'), ttlMs })),
        call,
      );
    }),
    onValue('remove', undefined, (keys, call) =>
      adapter.remove(
        keys.map((key) => ({ key })),
        call,
      ),
    ),
    onValue('touch', undefined, (keys, call) =>
      adapter.touch(
        keys.map((key) => ({ key, ttlMs })),
        call,
      ),
    ),
  ];
  if (expiry !== undefined) {
    methods.push(
      onValue('expiry.readAndTouch', 'expiry', (keys, call) => {
        return expiry.readAndTouch(
          keys.map((key) => ({ key, ttlMs })),
          call,
        );
      }),
      onValue('expiry.remaining', 'expiry', (keys, call) => expiry.remaining(keys, call)),
    );
  }
  if (counters !== undefined) {
    methods.push(
      onCounter('counters.add', (keys, call) => {
        return counters.add(
          keys.map((key) => ({ key, by: 1n, initial: 0n, ttlMs })),
          call,
        );
      }),
    );
    const floats = floatsOf(counters);
    if (floats !== undefined) {
      methods.push(
        onCounter('counters.addFloat', (keys, call) => {
          return floats.addFloat(
            keys.map((key) => ({ key, by: 1.5, initial: 0, ttlMs })),
            call,
          );
        }),
      );
    }
  }
  return methods;
}

type Batch = AdapterMethod['batch'];

/** A value with a life of ten minutes is there; afterwards it still is, with its version and its life. */
function onValue(name: string, facet: FacetName | undefined, batch: Batch): AdapterMethod {
  return {
    name,
    facet,
    batch,
    async prepare(bench, key) {
      const payload = bench.payload('before');
      const version = await bench.put(key, payload, TEN_MINUTES);
      return async () => {
        await bench.holds(key, payload, `after a refused ${name}`);
        const { expiry } = bench.adapter;
        if (expiry !== undefined) {
          const left = await bench.one<number>('remaining', expiry.remaining([key], bench.call()));
          equal(
            left <= TEN_MINUTES + bench.adapter.limits.ttlResolutionMs,
            true,
            `a refused ${name} changed the life`,
          );
        }
        equal(await bench.remove(key, { version }), true, `a refused ${name} changed the version`);
      };
    },
  };
}

/** Nothing is there, and nothing is afterwards. */
function onCounter(name: string, batch: Batch): AdapterMethod {
  return {
    name,
    facet: 'counters',
    batch,
    async prepare(bench, key) {
      return async () => equal(await bench.read(key), undefined, `a refused ${name} made something`);
    },
  };
}
