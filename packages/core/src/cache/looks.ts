import type { Stored } from '../contract/adapter.ts';
import { UNREADABLE } from './answers.ts';
import type { Budget } from './budget.ts';
import type { Loading, LoadRequest } from './loading.ts';
import type { Reads } from './reads.ts';
import type { Replicas } from './replicas.ts';
import type { Scope } from './scope.ts';
import type { Found } from './space.ts';

/** What a look found, and its value. */
export interface Sight<P> {
  /** undefined = out of reach, or not asked for. */
  readonly base: Found<P> | undefined;
  readonly value: unknown;
  /** What a replica has: worth its value, and nothing else. */
  readonly lagging: Stored<P> | undefined;
}

/** The first look of a call that may load. */
export class Looks<P> {
  readonly #scope: Scope<P>;
  readonly #reads: Reads<P>;
  readonly #loading: Loading<P>;

  constructor(scope: Scope<P>, reads: Reads<P>, loading: Loading<P>) {
    this.#scope = scope;
    this.#reads = reads;
    this.#loading = loading;
  }

  /** What is there, and its value; a hit or a miss. */
  async find(request: LoadRequest<P>, mayLag: boolean): Promise<Sight<P>> {
    const { answers, copies } = this.#reads;
    const { key, operation, options, space } = request;
    const budget = this.#scope.budget(options, operation);
    if (mayLag && space.replicas !== undefined) {
      const hit = await this.#atReplica(request, space.replicas, budget);
      if (hit !== undefined) return hit;
    }
    const keep = copies?.begin(key, this.#scope.settings.codec);
    let base: Found<P> | undefined;
    let value: unknown = UNREADABLE;
    try {
      base = await this.#loading.look(request, budget);
      value = answers.accept(operation, key, base);
      return { base, value, lagging: undefined };
    } finally {
      if (value === UNREADABLE) keep?.();
      else keep?.(base?.stored, base?.record, value);
    }
  }

  /** A hit there; undefined = the primary is to be asked. */
  async #atReplica(
    { key, operation, serverKey }: LoadRequest<P>,
    replicas: Replicas<P>,
    budget: Budget,
  ): Promise<Sight<P> | undefined> {
    // Why there is no time left, the look that follows says.
    const lagging = await replicas.find(serverKey, key, budget).catch(() => undefined);
    if (lagging === undefined) return undefined;
    const value = this.#reads.answers.takeLagging(operation, key, lagging, this.#scope.settings.codec);
    return value === UNREADABLE ? undefined : { base: undefined, value, lagging };
  }
}
