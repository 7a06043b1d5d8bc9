import type { CallOptions, SetOptions, TouchOptions } from '@cache/core';
import { withParts } from '../kit/wrap.ts';
import { adapterMutant, cacheMutant, type Mutant } from './mutant.ts';
import { over } from './over.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One call overtakes another, or is not told that it was overtaken. */
export const overtaking: readonly Mutant[] = [
  cacheMutant(
    'steps-late',
    'What takes several steps begins a turn late.',
    ['cache/interleavings/steps', 'cache/loads/in-order'],
    (cache) => {
      return over(cache, {
        expire: async (key: string, options?: CallOptions) => {
          await turn();
          return await cache.expire(key, options);
        },
        getAndSet: async (key: string, value: unknown, options?: SetOptions) => {
          await turn();
          return await cache.getAndSet(key, value, options);
        },
      });
    },
  ),
  cacheMutant(
    'expire-looks',
    'expire does nothing where a look finds nothing.',
    ['cache/interleavings/expire-after-clear'],
    (cache) => {
      return over(cache, {
        expire: async (key: string, options?: CallOptions) => {
          const { state } = await cache.lookup(key, options);
          return state === 'miss' ? false : await cache.expire(key, options);
        },
      });
    },
  ),
  adapterMutant(
    'refusal-denied',
    'A write that its version refuses says that it was done.',
    ['conditions/version-refuses', 'cache/interleavings/add-after-clear'],
    ({ adapter }) => {
      return withParts(adapter, {
        async write(writes, call) {
          const outcomes = await adapter.write(writes, call);
          return outcomes.map((outcome, index) => {
            const when = writes[index]?.when;
            if (!outcome.ok || outcome.value.written || typeof when !== 'object') return outcome;
            return { ok: true, value: { written: true, version: when.version } };
          });
        },
      });
    },
  ),
  cacheMutant(
    'flight-joined-late',
    'Whoever comes while a load has not returned gets what it brings, whatever happened since it was kept.',
    ['cache/interleavings/kept-before-call', 'cache/interleavings/fill-after-delete', 'cache/races/triples'],
    (cache) => {
      const flights = new Map<string, Promise<unknown>>();
      return over(cache, {
        getOrSet: async (key: string, loader: (context: object) => unknown, options?: SetOptions) => {
          const known = flights.get(key);
          if (known !== undefined) return await known;
          const found = await cache.get(key, options);
          if (found !== undefined) return found;
          const load = async (): Promise<unknown> => {
            const value = await loader({ signal: new AbortController().signal });
            await cache.set(key, value, options);
            return value;
          };
          const flight = load().finally(() => flights.delete(key));
          flights.set(key, flight);
          return await flight;
        },
      });
    },
  ),
  cacheMutant(
    'expire-by-clock',
    'expire gives the entry a life that ends a little later on its own clock.',
    ['cache/interleavings/clock-behind'],
    (cache) => {
      return over(cache, {
        expire: async (key: string, options?: TouchOptions) => await cache.touch(key, { ...options, ttl: 1 }),
      });
    },
  ),
  cacheMutant(
    'touch-rewrites',
    'touch reads the value and sets it again.',
    ['cache/interleavings/touch-after-clear'],
    (cache) => {
      return over(cache, {
        touch: async (key: string, options?: TouchOptions) => {
          const value = await cache.get(key, options);
          if (value === undefined) return false;
          await cache.set(key, value, options);
          return true;
        },
      });
    },
  ),
];
