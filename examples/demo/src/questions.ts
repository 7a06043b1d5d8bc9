import { type Database, spotOf } from './database.ts';

export const KINDS = ['search', 'nearest', 'country'] as const;

export type Kind = (typeof KINDS)[number];

/** What a user of an application with places asks for. */
export type Question =
  | { readonly kind: 'search'; readonly prefix: string }
  | { readonly kind: 'nearest'; readonly latitude: number; readonly longitude: number }
  | { readonly kind: 'country'; readonly code: string };

export interface Found {
  readonly id: number;
  readonly name: string;
  readonly country: string;
  readonly population: number;
}

export interface Near extends Found {
  readonly km: number;
}

export interface CountryTotals {
  readonly places: number;
  readonly population: number;
  /** The names of the most populous, ten at most. */
  readonly largest: readonly string[];
}

export type Answer = readonly Found[] | readonly Near[] | CountryTotals;

const SEARCH = `
  SELECT id, name, country, population FROM place
  WHERE folded LIKE $1
  ORDER BY population DESC, id LIMIT 10`;

const NEAREST = `
  SELECT id, name, country, population, round((spot <-> $1::cube)::numeric, 1)::float8 AS km FROM place
  ORDER BY spot <-> $1::cube, id LIMIT 5`;

const COUNTRY = `
  SELECT count(*)::int AS places, coalesce(sum(population), 0)::float8 AS population,
    array(SELECT name FROM place WHERE country = $1 ORDER BY population DESC, id LIMIT 10) AS largest
  FROM place WHERE country = $1`;

/** Asks the database, and counts how often. */
export class Source {
  readonly #database: Database;
  /** Queries sent, by kind. */
  readonly queries: Record<Kind, number> = { search: 0, nearest: 0, country: 0 };

  constructor(database: Database) {
    this.#database = database;
  }

  async ask(question: Question): Promise<Answer> {
    this.queries[question.kind] += 1;
    switch (question.kind) {
      case 'search':
        return this.#database.query<Found>(SEARCH, [`${question.prefix.replace(/[\\%_]/g, '\\$&')}%`]);
      case 'nearest':
        return this.#database.query<Near>(NEAREST, [spotOf(question.latitude, question.longitude)]);
      case 'country': {
        const [totals] = await this.#database.query<CountryTotals>(COUNTRY, [question.code]);
        return totals ?? { places: 0, population: 0, largest: [] };
      }
    }
  }
}
