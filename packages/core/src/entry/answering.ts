import { outside } from '../async-context.ts';

/** A value in the memory of this process, and what calls answer that find it there. */
export class Answering {
  /** Made at the first hit. Out of reach of a store that clones or freezes what it holds. */
  #answer: Promise<unknown> | undefined;
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  /**
   * One promise for all hits: to resolve another one with an object means to look for a `then` on it, which costs as
   * much as all else of a hit. A clone has none.
   */
  static answer(entry: Answering): Promise<unknown> {
    return #answer in entry ? (entry.#answer ?? entry.#first()) : Promise.resolve((entry as Answering).value);
  }

  #first(): Promise<unknown> {
    // What decides by itself how it is awaited is asked each time.
    if (isThenable(this.value)) return Promise.resolve(this.value);
    // A promise holds on to the context in which it was made, and this one lives as long as the entry.
    this.#answer = outside(() => Promise.resolve(this.value));
    return this.#answer;
  }
}

function isThenable(value: unknown): boolean {
  try {
    return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
  } catch {
    return true;
  }
}
