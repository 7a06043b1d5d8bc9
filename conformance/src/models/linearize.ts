import { accepts, inWords, type Model } from './model.ts';

/** One call of a concurrent history, on one key. Instants are of one count that never gives a number twice. */
export interface Operation<I> {
  readonly who: string;
  readonly says: string;
  readonly input: I;
  readonly begin: number;
  /** Infinity where nobody knows whether it took effect: it may at any later time, or never. */
  readonly end: number;
  /** Undefined where nobody knows it. */
  readonly answer: string | undefined;
}

/**
 * Whether some order of the calls, each at an instant between its begin and its end, explains every answer. Undefined
 * if so; else how far an explanation gets, in words.
 *
 * The search is Wing and Gong's (Testing and Verifying Concurrent Objects, 1993), with Lowe's memory of what was tried
 * (Testing for Linearizability, 2017), as in Porcupine: a set of calls that were placed leads to one state at most once.
 */
export function unexplained<S, I>(
  model: Model<S, I>,
  operations: readonly Operation<I>[],
): string | undefined {
  return new Search(model, operations).run();
}

class Search<S, I> {
  readonly #model: Model<S, I>;
  readonly #operations: readonly Operation<I>[];
  readonly #tried: Set<string> = new Set();
  #longest: readonly string[] = [];
  #stuck: readonly string[] = [];

  constructor(model: Model<S, I>, operations: readonly Operation<I>[]) {
    this.#model = model;
    this.#operations = [...operations].sort((one, other) => one.begin - other.begin);
  }

  run(): string | undefined {
    if (this.#explain(0n, this.#model.initial, [])) return undefined;
    const order = this.#longest.length === 0 ? 'no call can be the first' : this.#longest.join('; then ');
    return `no order of the calls explains the answers. The furthest: ${order}. Then ${this.#stuck.join(', ')}`;
  }

  /** @param placed the calls that have taken effect, a bit each */
  #explain(placed: bigint, state: S, order: readonly string[]): boolean {
    const key = `${placed}|${this.#model.fingerprint(state)}`;
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    const left = this.#operations.flatMap((one, i) => ((placed >> BigInt(i)) & 1n ? [] : [{ ...one, i }]));
    if (left.every(({ end }) => end === Number.POSITIVE_INFINITY)) return true;
    const firstEnd = Math.min(...left.map(({ end }) => end));
    // What began after another call had ended comes after it.
    const candidates = left.filter(({ begin }) => begin < firstEnd);
    const stuck: string[] = [];
    for (const { i, who, says, input, answer } of candidates) {
      const permitted = this.#model.permits(state, input);
      const fitting = permitted.filter((one) => answer === undefined || accepts(one, answer));
      for (const one of fitting) {
        const line = `${who}: ${says} → ${answer ?? `${one.says} (told to nobody)`}`;
        if (this.#explain(placed | (1n << BigInt(i)), one.next, [...order, line])) return true;
      }
      if (fitting.length === 0) stuck.push(`${who}: ${says} answered ${answer}, not ${inWords(permitted)}`);
    }
    if (stuck.length > 0 && (this.#stuck.length === 0 || order.length > this.#longest.length)) {
      this.#longest = order;
      this.#stuck = stuck;
    }
    return false;
  }
}
