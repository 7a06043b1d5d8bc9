import type { AnyAdapter, Bus, CacheOptions, CallOptions, Ear } from '@cache/core';
import { cacheMutant, type Mutant, makingMutant } from './mutant.ts';
import { over } from './over.ts';

/** Defects of the local tier, and of what it hears. */
export const copying: readonly Mutant[] = [
  cacheMutant(
    'copies-for-ever',
    'What was read once is kept in this process, whoever changes it.',
    [
      'cache/copies/told',
      'cache/copies/many',
      'cache/copies/overtaken',
      'cache/copies/own-order',
      'cache/copies/life',
    ],
    (cache, { bus }) => {
      if (bus === undefined) return cache;
      const kept = new Map<string, unknown>();
      return over(cache, {
        get: async (key: string, options?: CallOptions) => {
          if (!kept.has(key)) kept.set(key, await cache.get(key, options));
          return kept.get(key);
        },
      });
    },
  ),
  remade(
    'no-copies',
    'The local tier is left out.',
    [
      'cache/copies/no-call',
      'cache/copies/many',
      'cache/copies/other-tags',
      'cache/copies/life',
      'cache/copies/tell-fails',
      'cache/bus/repeated',
      'cache/bus/echo',
      'cache/bus/deaf',
      'cache/bus/silence',
      'cache/bus/gap',
    ],
    ({ local: _, bus: __, localTtl: ___, ...options }) => options,
  ),
  makingMutant(
    'cap-forgotten',
    'A local tier without `localTtl` has one of an hour.',
    ['cache/copies/options'],
    (options, make) => make(options.local === undefined ? options : { localTtl: '1h', ...options }),
  ),
  cacheMutant('absent-untold', 'What is not there is not removed.', ['cache/copies/unseen'], (cache) => {
    return over(cache, {
      delete: async (key: string, options?: CallOptions) => {
        return (await cache.has(key, options)) && (await cache.delete(key, options));
      },
    });
  }),
  cacheMutant(
    'guarantees-typed',
    'The guarantees are the same whatever the cache is made of.',
    ['cache/guarantees/says', 'cache/guarantees/staleness'],
    (cache) => {
      const { guarantees } = cache;
      return over(cache, {
        guarantees: { ...guarantees, localStaleness: { holds: 'bounded', says: '', boundMs: 1 } },
      });
    },
  ),
  eared(
    'gap-ignored',
    'That messages were missed is ignored.',
    ['cache/bus/gap', 'cache/bus/order', 'cache/bus/deaf', 'cache/bus/regress', 'cache/bus/strange'],
    (ear) => ({
      changed: (keys) => ear.changed(keys),
      missed: () => undefined,
    }),
  ),
  eared(
    'untold',
    'What others tell is not listened to.',
    ['cache/copies/told', 'cache/copies/many'],
    (ear) => ({
      changed: () => undefined,
      missed: () => ear.missed(),
    }),
  ),
  eared('told-late', 'What others tell is listened to a turn later.', ['cache/copies/told'], (ear) => ({
    changed: (keys) => {
      setImmediate(() => ear.changed(keys));
    },
    missed: () => ear.missed(),
  })),
  eared(
    'values-alone',
    'Of what others tell, the records and tags are not listened to.',
    ['cache/copies/many'],
    (ear) => ({
      changed: (keys) => ear.changed(keys.filter((key) => /\}[vh]/.test(key))),
      missed: () => ear.missed(),
    }),
  ),
  bused(
    'deaf-serves',
    'Copies serve however long ago the bus was heard.',
    ['cache/bus/deaf', 'cache/bus/silence'],
    (inner) => ({
      ...inner,
      join(root, ear, clock) {
        const line = inner.join(root, ear, clock);
        return {
          get heardUntil() {
            return clock.monotonic();
          },
          ...(line.tell !== undefined && { tell: line.tell.bind(line) }),
          close: () => line.close(),
        };
      },
    }),
  ),
  bused(
    'echo-heard',
    'A process drops what it has changed itself when it hears of it.',
    ['cache/bus/echo', 'cache/bus/repeated'],
    (inner) => ({
      ...inner,
      join(root, ear, clock) {
        const line = inner.join(root, { changed: () => ear.missed(), missed: () => ear.missed() }, clock);
        return {
          get heardUntil() {
            return line.heardUntil;
          },
          tell: async (keys, call) => {
            const outcome = await line.tell?.(keys, call);
            setImmediate(() => ear.changed(keys));
            return outcome ?? { ok: true, value: undefined };
          },
          close: () => line.close(),
        };
      },
    }),
  ),
  bused(
    'tell-forgotten',
    'A change that the bus did not take resolves.',
    ['cache/copies/tell-fails'],
    (inner) => ({
      ...inner,
      join(root, ear, clock) {
        const line = inner.join(root, ear, clock);
        return {
          get heardUntil() {
            return line.heardUntil;
          },
          tell: async (keys, call) => {
            await line.tell?.(keys, call);
            return { ok: true, value: undefined };
          },
          close: () => line.close(),
        };
      },
    }),
  ),
  stored(
    'copy-kept',
    'A copy is not dropped when its key is changed.',
    ['cache/copies/told', 'cache/copies/own-order'],
    (held) => ({
      ...held,
      delete: () => false,
    }),
  ),
  stored('readers-mixed', 'A copy serves every reader.', ['cache/copies/readers'], (held) => ({
    ...held,
    get: (key) => {
      const copy = held.get(key) as { reader: number } | undefined;
      return copy && { ...copy, reader: 2 };
    },
  })),
  stored(
    'copies-immortal',
    'A copy serves beyond its time.',
    ['cache/copies/life', 'cache/copies/refresh'],
    (held) => ({
      ...held,
      set: (key, copy, ttlMs) => {
        const about = { ...(copy as { about: object }).about, freshUntil: Number.POSITIVE_INFINITY };
        held.set(key, { ...(copy as object), about, until: Number.POSITIVE_INFINITY }, ttlMs);
      },
    }),
  ),
];

type Options = CacheOptions<AnyAdapter>;
type Held = NonNullable<Options['local']>['sync'];

/** A defect of the bus. */
function bused(name: string, does: string, caughtBy: readonly string[], change: (bus: Bus) => Bus): Mutant {
  return remade(name, does, caughtBy, ({ bus, ...options }) => ({
    ...options,
    ...(bus && { bus: change(bus) }),
  }));
}

/** A defect of what listens to the bus. */
function eared(name: string, does: string, caughtBy: readonly string[], change: (ear: Ear) => Ear): Mutant {
  return bused(name, does, caughtBy, (bus) => ({
    ...bus,
    join: (root, ear, clock) => bus.join(root, change(ear), clock),
  }));
}

/** A defect of the store of the copies. */
function stored(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (held: Held) => Held,
): Mutant {
  return remade(name, does, caughtBy, ({ local, ...options }) => ({
    ...options,
    ...(local && { local: { ...local, sync: change(local.sync) } }),
  }));
}

/** A cache that is made with other options where it has a local tier and a bus. */
function remade(
  name: string,
  does: string,
  caughtBy: readonly string[],
  change: (options: Options) => Options,
): Mutant {
  return makingMutant(name, does, caughtBy, (options, make) => {
    return make(options.local === undefined || options.bus === undefined ? options : change(options));
  });
}
