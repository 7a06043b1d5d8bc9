import { fail } from 'node:assert/strict';
import type { Clock } from '@cache/core';
import type { TestAdapter } from '../kit/bench.ts';
import { around, withoutFacets } from '../kit/wrap.ts';
import { Callers, type Client } from './callers.ts';
import { type Footprint, hasChanged, union } from './footprint.ts';
import { History } from './history.ts';
import type { Chooser, Move } from './move.ts';
import { type Allowed, type Errand, Passage } from './passage.ts';
import { Pauses } from './pauses.ts';
import { Surprise } from './search.ts';
import { quiet, turn } from './turn.ts';
import { lastPart, lostOutcomes, sayBatch } from './words.ts';

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
  /** Whether calls of one connection arrive in the order in which they were made, on whatever keys. Default: false. */
  readonly inLine?: boolean;
  /** Keys in words, the same in every run. Default: what follows their last colon. */
  readonly sayKey?: (key: string) => string;
  /** How long something real (a server, a timer) may take. Default: 10,000. */
  readonly patienceMs?: number;
}

/** More moves than that are a loop. */
const MOST_MOVES = 1000;

const NOTHING: Footprint = { reads: [], writes: [] };

/** No more at the same time. */
const NO_MORE: Move = { id: 'no more', says: '', make: () => undefined, touched: () => NOTHING };

/**
 * Runs several clients and decides alone in which order things happen: when each call begins, when each call of an
 * adapter arrives behind its gate, and when its reply comes. The same choices give the same run. It waits in between
 * until everything is quiet, so that whatever runs by itself has run.
 */
export class Scheduler<I = unknown> {
  readonly history: History<I> = new History();
  readonly #chooser: Chooser;
  readonly #options: SchedulerOptions;
  #passages: Passage[] = [];
  #callers: Callers<I>;
  readonly #pauses: Pauses = new Pauses();
  readonly #beat = (): void => {
    this.#pulse += 1;
  };
  #pulse = 0;
  #begun = false;
  #faults = 0;

  constructor(chooser: Chooser, options: SchedulerOptions = {}) {
    this.#chooser = chooser;
    this.#callers = new Callers<I>([], this.history, this.#beat);
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
      const keys = items.map((item) => (typeof item === 'string' ? item : (item as { key: string }).key));
      // Each run has a namespace of its own.
      const names = keys.map(lastPart);
      return this.#pass(connection, sayBatch(name, items, this.#options.sayKey), () => go(), {
        held: this.#options.replies ?? true,
        process: connection,
        keys,
        touched: (answer) => {
          return hasChanged(name, answer) ? { reads: [], writes: names } : { reads: names, writes: [] };
        },
        ...(name !== 'read' && name !== 'remaining' && { lost: () => lostOutcomes(items.length) }),
      });
    });
  }

  /**
   * Anything else with an effect that is to be placed, such as the read of a source by a loader.
   * @param touches the effect, and whom its answer sets going; default: another effect, and process, than any
   */
  step<T>(
    by: string,
    says: string,
    effect: () => T | Promise<T>,
    touches: { readonly process?: string } & Partial<Footprint> = {},
  ): Promise<T> {
    const { process = by, reads = [], writes = [] } = touches;
    if (!this.#begun) return Promise.resolve(effect());
    return this.#pass(by, says, async () => await effect(), {
      keys: [],
      held: true,
      process,
      touched: () => ({ reads, writes }),
    });
  }

  /** For what runs in a process: it stands still, and pauses in it end when that is chosen. */
  clock(process: string, base: Clock): Clock {
    return this.#pauses.clock(process, base, this.#beat);
  }

  /**
   * Runs the clients to their end, and everything that is behind a gate then; undefined if it was chosen that the rest
   * does not matter.
   */
  async run(clients: readonly Client<I>[]): Promise<History<I> | undefined> {
    this.#begun = true;
    this.#callers = new Callers(clients, this.history, this.#beat);
    await this.#settle();
    for (let made = 0; ; made += 1) {
      const moves = this.#moves();
      if (moves.length === 0) {
        this.#begun = false;
        return this.history;
      }
      if (made > MOST_MOVES) throw new Surprise('it goes on for ever', this.history.inWords());
      const move = this.#pick(moves);
      if (move === undefined) {
        await this.#abandon();
        return undefined;
      }
      const batch = move.passage?.state === 'waiting' ? this.#together(move, moves) : [move];
      this.history.add(batch.map(({ says }) => says).join(', and at the same time '));
      const { ended } = this.#callers;
      for (const one of batch) one.make();
      await this.#settle();
      const touched = move.touched();
      if (move.passage !== undefined && move.passage.touched.writes.length > 0) {
        this.#pauses.changed(move.passage.process);
      }
      this.#chooser.did?.(union(touched, this.#callers.touchedSince(ended)));
    }
  }

  /** What arrives at the same moment. */
  #together(first: Move, moves: readonly Move[]): Move[] {
    const batch = [first];
    const waiting = moves.filter((move) => move !== first && move.passage?.state === 'waiting');
    if (this.#options.together === 'all') return [...batch, ...waiting];
    // One after the other, until the choice falls on none.
    while (this.#options.together === 'some' && waiting.length > 0) {
      const index = this.#chooser.choose([NO_MORE, ...waiting]);
      if (index === undefined || index === 0) break;
      batch.push(...waiting.splice(index - 1, 1));
    }
    return batch;
  }

  /** Opens every gate, and lets the calls that have begun come to their ends. */
  async #abandon(): Promise<void> {
    this.#begun = false;
    do {
      for (const passage of this.#passages) {
        if (passage.state === 'waiting') passage.arrive();
        else if (passage.state === 'answered') passage.reply();
      }
      this.#pauses.release();
      await turn();
      this.#passages = this.#passages.filter(({ state }) => state !== 'over');
    } while (this.#callers.busy || this.#passages.length > 0);
  }

  #pick(moves: readonly Move[]): Move | undefined {
    const index = this.#chooser.choose(moves);
    if (index === undefined) return undefined;
    return moves[index] ?? fail(`no choice ${index} of ${moves.length}`);
  }

  /** What can happen next, the oldest first; what does harm comes last. */
  #moves(): Move[] {
    const moves: Move[] = [];
    const harm: Move[] = [];
    const { faults = { kinds: [], atMost: 0 } } = this.#options;
    for (const passage of this.#passages) {
      const move = this.#behind(passage) ? undefined : passage.move;
      if (move !== undefined) moves.push(move);
      if (this.#faults >= faults.atMost) continue;
      for (const { kind, says: harmed, make } of passage.harms()) {
        if (!faults.kinds.includes(kind)) continue;
        const count = (): void => {
          this.#faults += 1;
          make();
        };
        harm.push({
          id: `${kind} ${passage.id}`,
          says: harmed,
          make: count,
          // No more than so many faults, whichever.
          touched: () => ({ reads: [], writes: [passage.process, 'faults'] }),
        });
      }
    }
    moves.push(...this.#callers.moves());
    return [...moves, ...this.#pauses.moves(moves.length === 0), ...harm];
  }

  /** Whether an earlier call of its connection on one of its keys has not arrived yet. */
  #behind(passage: Passage): boolean {
    if (passage.state !== 'waiting') return false;
    const earlier = this.#passages.slice(0, this.#passages.indexOf(passage));
    return earlier.some(
      (other) =>
        other.state === 'waiting' &&
        (other.blocks(passage) || (this.#options.inLine === true && other.by === passage.by)),
    );
  }

  #pass<T>(
    by: string,
    says: string,
    effect: () => Promise<T>,
    more: Pick<Errand, 'keys' | 'held' | 'process' | 'touched'> & { readonly lost?: () => T },
  ): Promise<T> {
    const { lost, ...rest } = more;
    return new Promise<T>((resolve) => {
      let answer: Promise<T> | undefined;
      const errand: Errand = {
        by,
        says,
        ...rest,
        act: () => {
          answer = effect();
          return answer;
        },
        tell: () => answer !== undefined && resolve(answer),
        ...(lost !== undefined && { lose: () => resolve(lost()) }),
      };
      this.#passages.push(new Passage(errand, this.history, this.#beat));
      this.#beat();
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
      const { busy } = this.#callers;
      // A call that waits for nothing behind a gate waits for something real.
      if (!acting && (!busy || this.#moves().length > 0)) return;
      if (performance.now() > end) throw new Surprise('a call does not settle', this.history.inWords());
      await (acting ? turn() : new Promise((resolve) => setTimeout(resolve, 1)));
    }
  }
}
