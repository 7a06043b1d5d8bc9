import { AsyncContext } from '../async-context.ts';
import type { AnyAdapter } from '../contract/adapter.ts';
import { CacheError } from '../error.ts';

/** What a load came to. */
export interface Landing {
  readonly value: unknown;
  /** The moment before the loader ran; 0 = it did not, the value was found. */
  readonly begunAt: number;
  /**
   * The moment before the value was handed over to be kept, if it was kept, or looked for, if it was found: an
   * invalidation that was called later took it away, and one that was called earlier prevented it. 0 = not kept.
   */
  readonly keptAt: number;
}

/** What a loader runs for. */
export interface Waiter {
  /** The loads that it waits for. */
  readonly awaited: Set<Waiter>;
}

/** One load under way. Moments are on the scale of `Flights.now()`. */
export interface Flight extends Waiter {
  /** As the caller wrote it. */
  readonly key: string;
  readonly landing: Promise<Landing>;
  /** An invalidation of this process overtook it. */
  readonly detached: boolean;
}

/** Whom the loader that runs now works for. */
export const LOADING: AsyncContext<Waiter> = new AsyncContext();

/** A load that failed, and is not to be tried again for a while. */
export interface Pause {
  readonly until: number;
  readonly error: unknown;
  /** Whether it holds only where a stale value serves meanwhile. */
  readonly onlyStale: boolean;
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

/** More keys than that are not remembered to pause. */
const MOST_PAUSES = 10_000;

/** Keys share so many notes of their last landing: what another one of a note left costs a look at most. */
const LANDING_NOTES = 1024;

/** The loads of one namespace in this process, at most one a key that a caller may still join. */
export class Flights {
  readonly #flights: Map<string, Mutable<Flight>> = new Map();
  readonly #pauses: Map<string, Pause> = new Map();
  readonly #landings: Float64Array = new Float64Array(LANDING_NOTES);
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
      detached: false,
      awaited: new Set(),
      // Later, because the flight must be on the map before its loader runs.
      landing: Promise.resolve().then((): Promise<Landing> => fly(flight)),
    };
    this.#flights.set(serverKey, flight);
    const leave = (): void => {
      if (this.#flights.get(serverKey) === flight) this.#flights.delete(serverKey);
    };
    const land = (): void => {
      leave();
      this.#landings[noteOf(serverKey)] = this.now();
    };
    flight.landing.then(land, leave);
    return flight;
  }

  /** Whether a load of the key may have ended since a moment: what was seen before is no reason to load it again. */
  hasLanded(serverKey: string, since: number): boolean {
    return (this.#landings[noteOf(serverKey)] ?? 0) > since;
  }

  /** What is loading was overtaken by an invalidation: it will not be kept, and nobody joins it any more. */
  detach(serverKey: string): void {
    this.#pauses.delete(serverKey);
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
    this.#pauses.clear();
    for (const serverKey of [...this.#flights.keys()]) this.detach(serverKey);
  }

  pause(serverKey: string, pause: Pause): void {
    if (this.#pauses.size >= MOST_PAUSES) this.#pauses.clear();
    this.#pauses.set(serverKey, pause);
  }

  /** The failure after which a key is not loaded yet. @param now monotonic, ms */
  paused(serverKey: string, now: number): Pause | undefined {
    const pause = this.#pauses.get(serverKey);
    if (pause === undefined || now < pause.until) return pause;
    this.#pauses.delete(serverKey);
    return undefined;
  }

  /** Nothing is paused any more. */
  resume(): void {
    this.#pauses.clear();
  }
}

/**
 * Notes that the loader of one flight waits for another, until the function that it returns is called.
 * @throws CacheError `REENTRANT` where that one waits, directly or by others, for the first: nobody would ever go on
 */
export function awaitFlight(waiter: Waiter | undefined, awaited: Flight, key: string): () => void {
  if (waiter === undefined) return () => undefined;
  if (reaches(awaited, waiter, new Set())) {
    const message = `getOrSet ${JSON.stringify(key)}: its loader waits, directly or through other loads, for this very key; load it without asking the cache for it`;
    throw new CacheError('REENTRANT', message, { operation: 'getOrSet', key });
  }
  waiter.awaited.add(awaited);
  return () => waiter.awaited.delete(awaited);
}

function noteOf(serverKey: string): number {
  let hash = 0;
  for (let i = 0; i < serverKey.length; i += 1) hash = (Math.imul(hash, 31) + serverKey.charCodeAt(i)) | 0;
  return (hash >>> 0) % LANDING_NOTES;
}

function reaches(from: Waiter, to: Waiter, seen: Set<Waiter>): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...from.awaited].some((next) => reaches(next, to, seen));
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
