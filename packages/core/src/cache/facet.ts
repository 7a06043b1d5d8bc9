import type { AnyAdapter } from '../contract/adapter.ts';
import type { FacetName, Facets } from '../contract/facets.ts';
import { CacheError } from '../error.ts';

/** @throws CacheError `UNSUPPORTED` where the adapter has no such facet */
export function requireFacet<F extends FacetName>(
  adapter: AnyAdapter,
  facet: F,
  operation: string,
): Facets<unknown>[F] {
  const found: Partial<Facets<unknown>>[F] = adapter[facet];
  if (found === undefined) throw unsupported(adapter, facet, operation);
  return found;
}

export function unsupported(adapter: AnyAdapter, facet: string, operation: string): CacheError {
  const message = `${operation}: the adapter ${adapter.name} has no ${facet}; choose an adapter that has it`;
  return new CacheError('UNSUPPORTED', message, { operation });
}
