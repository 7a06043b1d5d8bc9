/** One thing that may come of a call: an answer that is permitted, and what is there afterwards. */
export interface Permitted<S> {
  /** The answer in words; it is also what it must be equal to, unless `accepts` says more. */
  readonly says: string;
  readonly accepts?: (answer: string) => boolean;
  readonly next: S;
}

/**
 * What a store may answer. Never one answer but a set: a life ends within a resolution, an entry may be evicted, a
 * version may be void. States are never changed; answers are words, so that they can be shown.
 */
export interface Model<S, I> {
  readonly initial: S;
  permits(state: S, input: I): readonly Permitted<S>[];
  /** Equal for states that permit the same. */
  fingerprint(state: S): string;
}

export function accepts<S>(permitted: Permitted<S>, answer: string): boolean {
  return permitted.accepts?.(answer) ?? permitted.says === answer;
}

/** What is permitted, each once, in words. */
export function inWords<S>(permitted: readonly Permitted<S>[]): string {
  return [...new Set(permitted.map(({ says }) => says))].join(' or ') || 'nothing at all';
}

/** Every state in which something may be, as its answers come in one after the other. */
export class Possible<S, I> {
  readonly #model: Model<S, I>;
  #states: readonly S[];

  constructor(model: Model<S, I>) {
    this.#model = model;
    this.#states = [model.initial];
  }

  /** Takes an answer in; answers what was permitted, in words, if it was not. */
  take(input: I, answer: string): string | undefined {
    const permitted = this.#states.flatMap((state) => this.#model.permits(state, input));
    const next = new Map<string, S>();
    for (const one of permitted) {
      if (accepts(one, answer)) next.set(this.#model.fingerprint(one.next), one.next);
    }
    if (next.size === 0) return inWords(permitted);
    this.#states = [...next.values()];
    return undefined;
  }
}
