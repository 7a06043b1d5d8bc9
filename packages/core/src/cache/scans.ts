import type { Failure } from '../contract/outcome.ts';
import { toFailure } from '../error.ts';
import type { Invalidations } from './invalidations.ts';
import type { KeysOptions, ScanOptions } from './options.ts';
import { isFailure, type Scope } from './scope.ts';
import { Walk } from './walk.ts';
import { checkGiven, wantedOf } from './wanted.ts';

/** What is done with the keys of a namespace that nobody has named. */
export class Scans<P> {
  readonly #scope: Scope<P>;
  readonly #invalidations: Invalidations<P>;

  constructor(scope: Scope<P>, invalidations: Invalidations<P>) {
    this.#scope = scope;
    this.#invalidations = invalidations;
  }

  /** The keys that `has` would find. */
  async *keys(options: KeysOptions | undefined): AsyncGenerator<string, void, undefined> {
    const operation = 'keys';
    try {
      const walk = new Walk(this.#scope, operation, wantedOf(operation, options ?? {}), options);
      walk.open();
      for await (const page of walk.pages()) {
        for (const piece of walk.portion.of(page)) {
          for (const key of await this.#counting(walk, piece)) {
            yield key;
            // The consumer may have taken its time.
            walk.open();
          }
        }
      }
    } catch (caught) {
      throw this.#scope.fault(caught, operation, undefined, false);
    }
  }

  deleteByPattern(pattern: string, options: ScanOptions | undefined): Promise<number> {
    const operation = 'deleteByPattern';
    return this.#scope.guard(operation, undefined, () => {
      checkGiven(operation, 'pattern', pattern);
      const wanted = wantedOf(operation, { ...options, prefix: '', pattern });
      return this.#delete(new Walk(this.#scope, operation, wanted, options));
    });
  }

  deleteByPrefix(prefix: string, options: ScanOptions | undefined): Promise<number> {
    const operation = 'deleteByPrefix';
    return this.#scope.guard(operation, undefined, () => {
      checkGiven(operation, 'prefix', prefix);
      const { pageSize } = options ?? {};
      const wanted = wantedOf(operation, pageSize === undefined ? { prefix } : { prefix, pageSize });
      return this.#delete(new Walk(this.#scope, operation, wanted, options));
    });
  }

  /** How many of the entries that were removed counted. */
  async #delete(walk: Walk<P>): Promise<number> {
    const { flights, buckets } = this.#scope;
    let removed = 0;
    const remove = async (keys: readonly string[]): Promise<void> => {
      for (const piece of walk.portion.of(keys)) removed += await this.#take(walk, piece);
    };
    try {
      // Overtaken from the moment of the call on. What is being kept at this moment may turn up where the walk has been
      // already, so it is removed by its key.
      const loading = flights.keys.filter((key) => walk.wanted.matches(key));
      for (const key of loading) flights.detach(buckets.of(key).key(key).text);
      await remove(loading);
      for await (const page of walk.pages()) await remove(page);
    } catch (caught) {
      if (removed === 0) throw caught;
      const failure: Failure = isFailure(caught) ? caught : toFailure(caught);
      throw { ...failure, outcome: 'unknown' } satisfies Failure;
    }
    return removed;
  }

  /** Removes keys side by side; how many entries there were. @throws Failure of the first that failed */
  async #take(walk: Walk<P>, keys: readonly string[]): Promise<number> {
    const settled = await walk.step('unknown', (budget) => {
      return Promise.allSettled(keys.map((key) => this.#invalidations.take(key, budget)));
    });
    const refused = settled.find((one) => one.status === 'rejected');
    if (refused !== undefined) throw refused.reason;
    const taken = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    walk.portion.learn(taken.map(({ bytes }) => bytes));
    return taken.filter(({ counted }) => counted).length;
  }

  /** Those of the keys that count. */
  async #counting(walk: Walk<P>, keys: readonly string[]): Promise<string[]> {
    const { buckets, shared } = this.#scope;
    const found = await walk.step('not-applied', (budget) => {
      const finding = keys.map((key) => {
        const space = buckets.of(key);
        return space.find(space.key(key), key, budget);
      });
      return Promise.all(finding);
    });
    walk.portion.learn(
      found.map(({ stored }) => (stored === undefined ? 0 : shared.format.size(stored.payload))),
    );
    return keys.filter((_key, index) => found[index]?.state === 'fresh');
  }
}
