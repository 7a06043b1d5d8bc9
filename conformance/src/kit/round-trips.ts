import type { TestAdapter } from './bench.ts';
import { around } from './wrap.ts';

/** Counts what reaches an adapter. */
export class RoundTrips {
  /** The names of the methods that were called, in order. */
  readonly calls: string[] = [];
  readonly adapter: TestAdapter;
  #chain = 0;
  #begunAt = 0;

  constructor(inner: TestAdapter) {
    this.adapter = around(inner, async (name, _items, go) => {
      this.calls.push(name);
      // A call that begins after another was answered waited for it: it is the next link of a chain.
      const link = this.#chain + 1;
      const answer = await go();
      this.#chain = Math.max(this.#chain, link);
      return answer;
    });
  }

  /** Forgets what was counted. */
  begin(): void {
    this.calls.length = 0;
    this.#begunAt = this.#chain;
  }

  /** How many of the calls since `begin` waited for one another. */
  get inARow(): number {
    return this.#chain - this.#begunAt;
  }
}
