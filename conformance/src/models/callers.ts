import { type Footprint, union } from './footprint.ts';
import type { History } from './history.ts';
import type { Move } from './move.ts';
import { sayError, sayValue } from './words.ts';

/** One call of a client. */
export interface ClientCall<I> {
  readonly says: string;
  /** For whoever judges the history. */
  readonly input: I;
  /** What its begin touches, beside its process. */
  readonly touches?: Footprint;
  run(): Promise<unknown>;
  /** The answer in words, where JSON says too much. */
  sayAnswer?(value: unknown): string;
}

/** Somebody who makes one call after the other. Several clients may use one cache: they are its callers. */
export interface Client<I> {
  readonly name: string;
  /** Default: one that nobody else has. */
  readonly process?: string;
  /** What each call is may depend on the answers before it; it is asked for more than once. */
  readonly calls: readonly (() => ClientCall<I>)[];
}

interface Running<I> {
  readonly client: Client<I>;
  next: number;
  busy: boolean;
}

/** What begins look at and ends change: that a call began after another one had ended is all that a judge knows. */
const ANSWERS = 'answers';

const NOTHING: Footprint = { reads: [], writes: [] };

/** The clients of one run: which calls they may begin, and what became of those that they made. */
export class Callers<I> {
  readonly #clients: readonly Running<I>[];
  readonly #history: History<I>;
  readonly #pulse: () => void;
  #ended = 0;

  constructor(clients: readonly Client<I>[], history: History<I>, pulse: () => void) {
    this.#clients = clients.map((client) => ({ client, next: 0, busy: false }));
    this.#history = history;
    this.#pulse = pulse;
  }

  /** Whether a call is under way. */
  get busy(): boolean {
    return this.#clients.some(({ busy }) => busy);
  }

  /** How many calls have ended. */
  get ended(): number {
    return this.#ended;
  }

  /** What the ends of calls touched since there were so many. */
  touchedSince(ended: number): Footprint {
    return this.#ended === ended ? NOTHING : { reads: [], writes: [ANSWERS] };
  }

  /** The calls that may begin. */
  moves(): Move[] {
    return this.#clients.flatMap((running) => {
      const call = running.busy ? undefined : running.client.calls[running.next]?.();
      if (call === undefined) return [];
      const { name, process = name } = running.client;
      return {
        id: `${name} ${running.next}`,
        says: `${name} calls ${call.says}`,
        make: () => this.#begin(running, call),
        touched: () => union(call.touches ?? NOTHING, { reads: [ANSWERS], writes: [process] }),
      };
    });
  }

  #begin(running: Running<I>, { says, input, run, sayAnswer = sayValue }: ClientCall<I>): void {
    const { client } = running;
    running.next += 1;
    running.busy = true;
    const { calls, now } = this.#history;
    const record = { client: client.name, says, input, begin: now };
    const index = calls.push({ ...record, end: Number.POSITIVE_INFINITY, result: undefined }) - 1;
    const end = (result: PromiseSettledResult<unknown>, words: string): void => {
      const at = this.#history.add(`${client.name}’s ${says} ${words}`);
      calls[index] = { ...record, end: at, result };
      running.busy = false;
      this.#ended += 1;
      this.#pulse();
    };
    run().then(
      (value) => end({ status: 'fulfilled', value }, `answers ${sayAnswer(value)}`),
      (reason: unknown) => end({ status: 'rejected', reason }, `fails: ${sayError(reason)}`),
    );
  }
}
