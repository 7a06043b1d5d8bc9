import type { Passing } from './passing.ts';

interface Watcher {
  readonly n: number;
  readonly resolve: (passing: Passing) => void;
  readonly reject: (error: Error) => void;
}

/** Counts frames, and lets tests wait for the n-th. */
export class Sightings {
  readonly #seen: Passing[] = [];
  #watchers: Watcher[] = [];
  #ended: Error | undefined;

  get count(): number {
    return this.#seen.length;
  }

  add(passing: Passing): void {
    this.#seen.push(passing);
    const reached = this.#watchers.filter((watcher) => watcher.n <= this.#seen.length);
    this.#watchers = this.#watchers.filter((watcher) => watcher.n > this.#seen.length);
    for (const watcher of reached) watcher.resolve(passing);
  }

  nth(n: number): Promise<Passing> {
    const seen = this.#seen[n - 1];
    if (seen !== undefined) return Promise.resolve(seen);
    const promise =
      this.#ended === undefined
        ? new Promise<Passing>((resolve, reject) => this.#watchers.push({ n, resolve, reject }))
        : Promise.reject(this.#ended);
    // A test that has failed elsewhere no longer looks at this one.
    promise.catch(() => {});
    return promise;
  }

  /** Nothing will be seen any more: whoever waits is told. */
  end(error: Error): void {
    this.#ended = error;
    for (const watcher of this.#watchers) watcher.reject(error);
    this.#watchers = [];
  }
}
