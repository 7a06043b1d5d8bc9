import { fold, type Place } from './places.ts';
import type { Question } from './questions.ts';
import { randomOf, zipf } from './random.ts';

const SEARCHES = 0.6;
const NEARBY = 0.3;
/** How far people are from the middle of their place, in degrees: a kilometre. */
const SPREAD = 0.01;

/**
 * What the users of an application with places might ask, one after the other: six in ten are typing a name, three
 * want what is near them, one looks at a country. Populous places are asked for most. The same seed and places give
 * the same requests.
 *
 * @param places the most populous first
 */
export function requestsOf(places: readonly Place[], count: number, seed: number): Question[] {
  const random = randomOf(seed);
  const place = zipf(places, random);
  const country = zipf(countriesOf(places), random);
  return Array.from({ length: count }, (): Question => {
    const choice = random();
    if (choice < SEARCHES) return search(place(), random);
    if (choice < SEARCHES + NEARBY) return nearest(place(), random);
    return { kind: 'country', code: country() };
  });
}

/** The first two to seven letters of a name: a box that completes asks again with each letter. */
function search({ name }: Place, random: () => number): Question {
  const letters = 2 + Math.floor(random() * 6);
  return { kind: 'search', prefix: Array.from(fold(name)).slice(0, letters).join('').trimEnd() };
}

/** Rounded to two decimals, about a kilometre, as one does so that neighbours share an answer. */
function nearest({ latitude, longitude }: Place, random: () => number): Question {
  const nearby = (degrees: number): number => Number((degrees + (random() * 2 - 1) * SPREAD).toFixed(2)) + 0;
  return { kind: 'nearest', latitude: nearby(latitude), longitude: nearby(longitude) };
}

/** The codes of the countries, the most populous first. */
function countriesOf(places: readonly Place[]): string[] {
  const totals = new Map<string, number>();
  for (const { country, population } of places) {
    totals.set(country, (totals.get(country) ?? 0) + population);
  }
  return Array.from(totals.keys()).sort((a, b) => (totals.get(b) ?? 0) - (totals.get(a) ?? 0));
}
