import type { AnyAdapter } from '../contract/adapter.ts';

/** What a load came to. */
export interface Landing {
  readonly value: unknown;
  /**
   * The moment before the value was handed over to be kept, if it was kept: an invalidation that was called later
   * removed it, and one that was called earlier prevented it. undefined = it was not kept.
   */
  readonly keptAt: number | undefined;
}

/** One load under way. Moments are on the scale of `Flights.now()`. */
export interface Flight {
  /** As the caller wrote it. */
  readonly key: string;
  readonly begunAt: number;
  readonly landing: Promise<Landing>;
  /** An invalidation of this process overtook it. */
  readonly detached: boolean;
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

/** The loads of one namespace in this process, at most one a key that a caller may still join. */
export class Flights {
  readonly #flights: Map<string, Mutable<Flight>> = new Map();
  #moment = 0;

  /** The next moment of a scale that orders calls, fills and loads of this process. */
  now(): number {
    this.#moment += 1;
    return this.#moment;
  }

  get(serverKey: string): Flight | undefined {
    return this.#flights.get(serverKey);
  }

  begin(serverKey: string, key: string, fly: (flight: Flight) => Promise<Landing>): Flight {
    const flight: Mutable<Flight> = {
      key,
      begunAt: this.now(),
      detached: false,
      // Later, because the flight must be on the map before its loader runs.
      landing: Promise.resolve().then((): Promise<Landing> => fly(flight)),
    };
    this.#flights.set(serverKey, flight);
    const leave = (): void => {
      if (this.#flights.get(serverKey) === flight) this.#flights.delete(serverKey);
    };
    flight.landing.then(leave, leave);
    return flight;
  }

  /** What is loading was overtaken by an invalidation: it will not be kept, and nobody joins it any more. */
  detach(serverKey: string): void {
    const flight = this.#flights.get(serverKey);
    if (flight === undefined) return;
    flight.detached = true;
    this.#flights.delete(serverKey);
  }

  /** The keys that are loading now. */
  get keys(): string[] {
    return Array.from(this.#flights.values(), ({ key }) => key);
  }

  detachAll(): void {
    for (const serverKey of [...this.#flights.keys()]) this.detach(serverKey);
  }
}

const SHARED = new WeakMap<AnyAdapter, Map<string, WeakRef<Flights>>>();

/** The loads of one namespace on one adapter: two caches over one adapter share them, as they share entries. */
export function flightsOf(adapter: AnyAdapter, path: string): Flights {
  const byPath = SHARED.get(adapter) ?? new Map<string, WeakRef<Flights>>();
  SHARED.set(adapter, byPath);
  const known = byPath.get(path)?.deref();
  if (known !== undefined) return known;
  const flights = new Flights();
  byPath.set(path, new WeakRef(flights));
  return flights;
}
