import {
  type Clock,
  cacheAside,
  createCache,
  type DataStore,
  type Journal,
  type Repository,
  refreshAhead,
  writeAround,
  writeBehind,
  writeThrough,
} from '@cache/core';
import { memoryAdapter } from '@cache/memory';

export interface Product {
  readonly name: string;
  readonly price: number;
}

/** How long an entry is fresh here, ms: short, so that one ages while the program runs. */
export const TTL_MS = 1000;
/** From that part of its life on, refreshAhead loads an entry again behind a hit. */
export const REFRESH_AT = 0.5;

export type Strategy = 'cacheAside' | 'refreshAhead' | 'writeThrough' | 'writeAround' | 'writeBehind';

export const STRATEGIES: readonly Strategy[] = [
  'cacheAside',
  'refreshAhead',
  'writeThrough',
  'writeAround',
  'writeBehind',
];

/** The same repository by any strategy: one word is another, and what it takes of its own. */
export function repositoryBy(
  strategy: Strategy,
  store: DataStore<string, Product>,
  journal: Journal,
  clock: Clock,
): Repository<string, Product> {
  const cache = createCache({ adapter: memoryAdapter({ clock }), clock, ttl: TTL_MS });
  const common = { cache, store };
  switch (strategy) {
    case 'cacheAside':
      return cacheAside(common);
    case 'refreshAhead':
      return refreshAhead({ ...common, refreshAt: REFRESH_AT });
    case 'writeThrough':
      return writeThrough(common);
    case 'writeAround':
      return writeAround(common);
    case 'writeBehind':
      return writeBehind({ ...common, journal });
  }
}
