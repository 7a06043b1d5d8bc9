import type { Stored } from '../contract/adapter.ts';
import type { Flight, Flights } from './flights.ts';
import type { Loader } from './load-context.ts';
import type { LoadRequest } from './loading.ts';
import { LoadGroup, type ManyLoader } from './many-loads.ts';
import type { Scope } from './scope.ts';
import type { Found } from './space.ts';
import { sameVersion } from './watch.ts';

/** A hit at a replica that is due. */
export interface LaggingHit<P> extends LoadRequest<P> {
  readonly lagging: Stored<P>;
}

/** What is loaded anew behind hits, because its life is nearly over. */
export class Refreshes<P> {
  readonly #scope: Scope<P>;
  readonly #begin: (request: LoadRequest<P>) => Flight;
  readonly #look: (request: LoadRequest<P>) => Promise<Found<P> | undefined>;

  /** @param begin the flight of a key: the one under way, or a new one @param look what the primary has */
  constructor(
    scope: Scope<P>,
    begin: (request: LoadRequest<P>) => Flight,
    look: (request: LoadRequest<P>) => Promise<Found<P> | undefined>,
  ) {
    this.#scope = scope;
    this.#begin = begin;
    this.#look = look;
  }

  /** As `all`, of hits at replicas: where the primary has another entry by now, that one's hits decide. */
  async confirmed(
    hits: readonly LaggingHit<P>[],
    loader: ManyLoader<unknown> | undefined,
    lookedAt: number,
  ): Promise<void> {
    const looks = hits.map(async ({ lagging, ...hit }) => {
      const { signal: _signal, ...options } = hit.options;
      const request = { ...hit, options };
      const base = await this.#look(request).catch(() => undefined);
      const isSame = base?.state === 'fresh' && sameVersion(base.stored?.version, lagging.version);
      return isSame ? [{ ...request, base }] : [];
    });
    const due = (await Promise.all(looks)).flat();
    if (this.#scope.shared.calls.closed) return;
    if (loader !== undefined) this.all(due, loader, lookedAt);
    else for (const request of due) void this.one(request, lookedAt);
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
