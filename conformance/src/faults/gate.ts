/** Something that others wait at until it is opened; it stays open. */
export class Gate {
  readonly #opened: Promise<void>;
  #open: () => void = () => {};
  #arrivals = 0;
  #watchers: { readonly n: number; readonly resolve: () => void }[] = [];

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Arrives at the gate, and resolves when it is open. */
  pass(): Promise<void> {
    this.#arrivals += 1;
    for (const watcher of this.#watchers) if (watcher.n <= this.#arrivals) watcher.resolve();
    this.#watchers = this.#watchers.filter((watcher) => watcher.n > this.#arrivals);
    return this.#opened;
  }

  /** Resolves when the n-th (from 1) has arrived, whether or not the gate is open. */
  arrived(n = 1): Promise<void> {
    if (n <= this.#arrivals) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ n, resolve }));
  }

  /** Lets all through who wait and who will come. */
  open(): void {
    this.#open();
  }
}
