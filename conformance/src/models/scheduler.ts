import { fail } from 'node:assert/strict';
import type { TestAdapter } from '../kit/bench.ts';
import { around, withoutFacets } from '../kit/wrap.ts';
import { History } from './history.ts';
import { type Allowed, type Errand, Passage } from './passage.ts';
import { Surprise } from './search.ts';
import { quiet, turn } from './turn.ts';
import { lostOutcomes, sayBatch, sayError, sayValue } from './words.ts';

/** One call of a client. */
export interface ClientCall<I> {
  readonly says: string;
  /** For whoever judges the history. */
  readonly input: I;
  run(): Promise<unknown>;
  /** The answer in words, where JSON says too much. */
  sayAnswer?(value: unknown): string;
}

/** Somebody who makes one call after the other. Several clients may use one cache: they are its callers. */
export interface Client<I> {
  readonly name: string;
  /** What each call is may depend on the answers before it; it is asked for more than once. */
  readonly calls: readonly (() => ClientCall<I>)[];
}

/** Chooses what happens next: a number from 0 to `count - 1`. 0 is always the dullest: whatever began first goes on. */
export type Choose = (count: number) => number;

export interface SchedulerOptions {
  /** What may befall calls that change something, and how often in a run. Default: nothing. */
  readonly faults?: Allowed;
  /**
   * Whether several effects are let through at once, to run side by side below the gates: `some` where the choice falls
   * on them, or `all` that wait. Default: `none`.
   */
  readonly together?: 'none' | 'some' | 'all';
  /**
   * Whether the replies of adapters are held and let go one by one, too, or follow their effects at once. Those of steps
   * are held always. Default: true.
   */
  readonly replies?: boolean;
  /** Keys in words, the same in every run. Default: what follows their last colon. */
  readonly sayKey?: (key: string) => string;
  /** How long something real (a server, a timer) may take. Default: 10,000. */
  readonly patienceMs?: number;
}

interface Move {
  readonly says: string;
  readonly passage?: Passage;
  make(): void;
}

interface Running<I> {
  readonly client: Client<I>;
  next: number;
  busy: boolean;
}

/**
 * Runs several clients and decides alone in which order things happen: when each call begins, when each call of an
 * adapter arrives behind its gate, and when its reply comes. The same choices give the same run. It waits in between
 * until everything is quiet, so that whatever runs by itself has run.
 */
export class Scheduler<I = unknown> {
  readonly history: History<I> = new History();
  readonly #choose: Choose;
  readonly #options: SchedulerOptions;
  #passages: Passage[] = [];
  #clients: Running<I>[] = [];
  #pulse = 0;
  #begun = false;
  #faults = 0;

  constructor(choose: Choose, options: SchedulerOptions = {}) {
    this.#choose = choose;
    this.#options = options;
  }

  /**
   * The adapter behind gates, as a connection of its own: calls on one key arrive in the order in which they were made,
   * as the contract has it. The gates are open until the run begins, so that a scene can be set. Without the facet sync,
   * which waits at no gate.
   */
  gated(inner: TestAdapter, connection: string): TestAdapter {
    return around(withoutFacets(inner, 'sync'), (name, items, go) => {
      if (items.length === 0 || !this.#begun) return go();
      return this.#pass(connection, sayBatch(name, items, this.#options.sayKey), () => go(), {
        held: this.#options.replies ?? true,
        keys: items.map((item) => (typeof item === 'string' ? item : (item as { key: string }).key)),
        ...(name !== 'read' && name !== 'remaining' && { lost: () => lostOutcomes(items.length) }),
      });
    });
  }

  /** Anything else with an effect that is to be placed, such as the read of a source by a loader. */
  step<T>(by: string, says: string, effect: () => T | Promise<T>): Promise<T> {
    return this.#pass(by, says, async () => await effect(), { keys: [], held: true });
  }

  /** Runs the clients to their end, and everything that is behind a gate then. */
  async run(clients: readonly Client<I>[]): Promise<History<I>> {
    this.#begun = true;
    this.#clients = clients.map((client) => ({ client, next: 0, busy: false }));
    for (;;) {
      await this.#settle();
      const moves = this.#moves();
      if (moves.length === 0) return this.history;
      const move = this.#pick(moves);
      const batch = move.passage?.state === 'waiting' ? this.#together(move, moves) : [move];
      this.history.add(batch.map(({ says }) => says).join(', and at the same time '));
      for (const one of batch) one.make();
    }
  }

  /** What arrives at the same moment. */
  #together(first: Move, moves: readonly Move[]): Move[] {
    const batch = [first];
    const waiting = moves.filter((move) => move !== first && move.passage?.state === 'waiting');
    if (this.#options.together === 'all') return [...batch, ...waiting];
    // One after the other, until the choice falls on none.
    while (this.#options.together === 'some' && waiting.length > 0) {
      const index = this.#choose(waiting.length + 1);
      if (index === 0) break;
      batch.push(...waiting.splice(index - 1, 1));
    }
    return batch;
  }

  #pick(moves: readonly Move[]): Move {
    const index = moves.length === 1 ? 0 : this.#choose(moves.length);
    return moves[index] ?? fail(`no choice ${index} of ${moves.length}`);
  }

  /** What can happen next, the oldest first; what does harm comes last. */
  #moves(): Move[] {
    const moves: Move[] = [];
    const harm: Move[] = [];
    const { faults = { kinds: [], atMost: 0 } } = this.#options;
    for (const passage of this.#passages) {
      const { by, says } = passage;
      if (passage.state === 'answered') {
        moves.push({ says: `the reply of ${says} reaches ${by}`, passage, make: () => passage.reply() });
      } else if (passage.state === 'waiting' && !this.#behind(passage)) {
        moves.push({ says: `${says} of ${by} takes effect`, passage, make: () => passage.arrive() });
      }
      if (this.#faults >= faults.atMost) continue;
      for (const { kind, says: harmed, make } of passage.harms()) {
        if (!faults.kinds.includes(kind)) continue;
        const count = (): void => {
          this.#faults += 1;
          make();
        };
        harm.push({ says: harmed, make: count });
      }
    }
    for (const running of this.#clients) {
      const next = running.client.calls[running.next];
      if (running.busy || next === undefined) continue;
      const call = next();
      moves.push({
        says: `${running.client.name} calls ${call.says}`,
        make: () => this.#begin(running, call),
      });
    }
    return [...moves, ...harm];
  }

  /** Whether an earlier call of its connection on one of its keys has not arrived yet. */
  #behind(passage: Passage): boolean {
    const earlier = this.#passages.slice(0, this.#passages.indexOf(passage));
    return earlier.some((other) => other.state === 'waiting' && other.blocks(passage));
  }

  #begin(running: Running<I>, { says, input, run, sayAnswer = sayValue }: ClientCall<I>): void {
    const { client } = running;
    running.next += 1;
    running.busy = true;
    const index = this.history.calls.length;
    const record = { client: client.name, says, input, begin: this.history.now };
    this.history.calls.push({ ...record, end: Number.POSITIVE_INFINITY, result: undefined });
    const end = (result: PromiseSettledResult<unknown>, words: string): void => {
      const at = this.history.add(`${client.name}’s ${says} ${words}`);
      this.history.calls[index] = { ...record, end: at, result };
      running.busy = false;
      this.#pulse += 1;
    };
    run().then(
      (value) => end({ status: 'fulfilled', value }, `answers ${sayAnswer(value)}`),
      (reason: unknown) => end({ status: 'rejected', reason }, `fails: ${sayError(reason)}`),
    );
  }

  #pass<T>(
    by: string,
    says: string,
    effect: () => Promise<T>,
    more: { keys: readonly string[]; held: boolean; lost?: () => T },
  ): Promise<T> {
    const { keys, held, lost } = more;
    return new Promise<T>((resolve) => {
      let answer: Promise<T> | undefined;
      const errand: Errand = {
        by,
        says,
        keys,
        held,
        act: () => {
          answer = effect();
          return answer;
        },
        tell: () => answer !== undefined && resolve(answer),
        ...(lost !== undefined && { lose: () => resolve(lost()) }),
      };
      const beat = (): void => {
        this.#pulse += 1;
      };
      this.#passages.push(new Passage(errand, this.history, beat));
      beat();
    });
  }

  /** Waits until all that was let through has taken effect and nothing runs by itself any more. */
  async #settle(): Promise<void> {
    const end = performance.now() + (this.#options.patienceMs ?? 10_000);
    for (;;) {
      await quiet(() => this.#pulse);
      this.#passages = this.#passages.filter(({ state }) => state !== 'over');
      const answered = this.#passages.filter(({ state, held }) => state === 'answered' && !held);
      if (answered.length > 0) {
        for (const passage of answered) passage.reply();
        continue;
      }
      const acting = this.#passages.some(({ state }) => state === 'under way');
      const busy = this.#clients.some((client) => client.busy);
      // A call that waits for nothing behind a gate waits for something real.
      if (!acting && (!busy || this.#moves().length > 0)) return;
      if (performance.now() > end) throw new Surprise('a call does not settle', this.history.inWords());
      await (acting ? turn() : new Promise((resolve) => setTimeout(resolve, 1)));
    }
  }
}
