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
  /** Server keys that the primary is asked for at present: once is enough for all hits meanwhile. */
  readonly #looking: Set<string> = new Set();

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

  /**
   * The same of hits at replicas, once the primary has said that it holds the same: where it has another entry by now,
   * the hits of that one decide.
   * @param loader of many keys; undefined = each has its own
   */
  confirmed(hits: readonly LaggingHit<P>[], loader: ManyLoader<unknown> | undefined, lookedAt: number): void {
    const settled = this.#confirmed(hits, loader, lookedAt);
    this.#scope.shared.waitUntil?.(settled);
  }

  async #confirmed(
    hits: readonly LaggingHit<P>[],
    loader: ManyLoader<unknown> | undefined,
    lookedAt: number,
  ): Promise<void> {
    const wanted = hits.filter(({ serverKey: { text } }) => !this.#looking.has(text));
    const looks = wanted.map(async ({ lagging, ...hit }) => {
      const { text } = hit.serverKey;
      if (!this.#mayBegin(hit, lookedAt)) return [];
      // The caller has his answer: his signal is not about this.
      const { signal: _signal, ...options } = hit.options;
      const request = { ...hit, options };
      this.#looking.add(text);
      const base = await this.#look(request).catch(() => undefined);
      this.#looking.delete(text);
      const isSame = base?.state === 'fresh' && sameVersion(base.stored?.version, lagging.version);
      return isSame ? [{ ...request, base }] : [];
    });
    const due = (await Promise.all(looks)).flat();
    if (this.#scope.shared.calls.closed) return;
    if (loader !== undefined) await this.all(due, loader, lookedAt);
    else await Promise.all(due.map((request) => this.one(request, lookedAt)));
  }

  /** Several keys by one call of the loader. */
  async all(due: readonly LoadRequest<P>[], loader: ManyLoader<unknown>, lookedAt: number): Promise<void> {
    const group = new LoadGroup(
      loader,
      due.map(({ key }) => key),
    );
    const loads = due.map((request) => {
      const passed = (): void => group.pass(request.key);
      const one: Loader<unknown> = ({ signal }) => group.load(request.key, signal);
      return this.one({ ...request, loader: one, passed }, lookedAt).then(passed);
    });
    await Promise.all(loads);
  }

  /** Resolves when the load has ended, or is not to be. */
  async one(hit: LoadRequest<P>, lookedAt: number): Promise<void> {
    const { shared } = this.#scope;
    const request = { ...hit, way: 'behind' } as const;
    const { key, operation } = request;
    if (!this.#mayBegin(request, lookedAt)) return;
    const settled = this.#begin(request).landing.then(
      () => undefined,
      (error) => {
        this.#scope.fault(error, operation, key, true);
      },
    );
    shared.waitUntil?.(settled);
    await settled;
  }

  /** Whether no load of the key is under way, has just ended, or has just failed. */
  #mayBegin(request: LoadRequest<P>, lookedAt: number): boolean {
    const { flights, shared } = this.#scope;
    const { text } = request.serverKey;
    if (flights.get(text) !== undefined || hasLanded(flights, request, lookedAt)) return false;
    return flights.paused(text, shared.clock.monotonic()) === undefined;
  }
}

/** Whether a load of the key ended while it was looked at, and none is under way. */
export function hasLanded<P>(flights: Flights, { serverKey }: LoadRequest<P>, lookedAt: number): boolean {
  return flights.get(serverKey.text) === undefined && flights.hasLanded(serverKey.text, lookedAt);
}
