import type { Flight, Flights } from './flights.ts';
import type { Loader } from './load-context.ts';
import type { LoadRequest } from './loading.ts';
import { LoadGroup, type ManyLoader } from './many-loads.ts';
import type { Scope } from './scope.ts';

/** What is loaded anew behind hits, because its life is nearly over. */
export class Refreshes<P> {
  readonly #scope: Scope<P>;
  readonly #begin: (request: LoadRequest<P>) => Flight;

  /** @param begin the flight of a key: the one under way, or a new one */
  constructor(scope: Scope<P>, begin: (request: LoadRequest<P>) => Flight) {
    this.#scope = scope;
    this.#begin = begin;
  }

  /** Several keys by one call of the loader. */
  all(due: readonly LoadRequest<P>[], loader: ManyLoader<unknown>, lookedAt: number): void {
    const group = new LoadGroup(
      loader,
      due.map(({ key }) => key),
    );
    for (const request of due) {
      const passed = (): void => group.pass(request.key);
      const one: Loader<unknown> = ({ signal }) => group.load(request.key, signal);
      void this.one({ ...request, loader: one, passed }, lookedAt).then(passed);
    }
  }

  /** Resolves when the load has ended, or is not to be. */
  async one(hit: LoadRequest<P>, lookedAt: number): Promise<void> {
    const { flights, shared } = this.#scope;
    const request = { ...hit, way: 'behind' } as const;
    const { key, operation, serverKey } = request;
    if (flights.get(serverKey.text) !== undefined || hasLanded(flights, request, lookedAt)) return;
    if (flights.paused(serverKey.text, shared.clock.monotonic()) !== undefined) return;
    const settled = this.#begin(request).landing.then(
      () => undefined,
      (error) => {
        this.#scope.fault(error, operation, key, true);
      },
    );
    shared.waitUntil?.(settled);
    await settled;
  }
}

/** Whether a load of the key ended while it was looked at, and none is under way. */
export function hasLanded<P>(flights: Flights, { serverKey }: LoadRequest<P>, lookedAt: number): boolean {
  return flights.get(serverKey.text) === undefined && flights.hasLanded(serverKey.text, lookedAt);
}
