import type { Buckets } from './buckets.ts';
import type { Flights } from './flights.ts';

/** What all namespace objects of one path share. */
export interface Place<P> {
  readonly buckets: Buckets<P>;
  readonly flights: Flights;
}

/**
 * Places by namespace path, for as long as somebody holds a namespace object of that path: an application that makes
 * one for each of its users must not grow with them.
 */
export class Places<P> {
  readonly #places: Map<string, WeakRef<Place<P>>> = new Map();
  readonly #gone: FinalizationRegistry<string> = new FinalizationRegistry((path) => {
    if (this.#places.get(path)?.deref() === undefined) this.#places.delete(path);
  });

  get(path: string, make: () => Place<P>): Place<P> {
    const known = this.#places.get(path)?.deref();
    if (known !== undefined) return known;
    const place = make();
    this.#places.set(path, new WeakRef(place));
    this.#gone.register(place, path);
    return place;
  }
}
