import type { Clock } from '../clock.ts';
import { abortedBy } from '../contract/call.ts';
import type { Failure } from '../contract/outcome.ts';
import { whenAborted } from './abort.ts';
import { Budget } from './budget.ts';
import type { Markers, Marking } from './markers.ts';
import { ANSWER_GRACE_MS, type Pending, settle, settleFailed, timedOut } from './pending.ts';
import type { NamespaceRecord } from './record.ts';

interface Waiting extends Pending {
  readonly marks: ReadonlyMap<string, Marking>;
  resolve(): void;
}

/**
 * Invalidates tags: takes a sequence by raising that of the record, raises the markers to it, and raises the record
 * again, so that whoever remembers markers under a record reads them anew. An entry that began to load before has a
 * lower sequence than its marker. What is called during one round goes together in the next: callers of one process do
 * not contend with one another for the record.
 */
export class TagRounds<P> {
  readonly #record: NamespaceRecord<P>;
  readonly #markers: Markers<P>;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(record: NamespaceRecord<P>, markers: Markers<P>, clock: Clock) {
    this.#record = record;
    this.#markers = markers;
    this.#clock = clock;
  }

  /** Resolves when no entry with one of the tags that began to load before this call counts any more. */
  invalidate(marks: ReadonlyMap<string, Marking>, budget: Budget): Promise<void> {
    return new Promise((resolve, reject) => {
      const { timeoutMs, signal } = budget.wait();
      if (signal?.aborted) return reject(abortedBy(signal, 'not-applied'));
      const onAbort = (): void => {
        if (signal === undefined) return;
        settleFailed(waiting, abortedBy(signal, waiting.sent ? 'unknown' : 'not-applied'));
      };
      const late = (): void => settleFailed(waiting, timedOut(timeoutMs, waiting.sent));
      const timer = this.#clock.schedule(late, timeoutMs + ANSWER_GRACE_MS);
      const leave = signal && whenAborted(signal, onAbort);
      const release = (): void => {
        timer.cancel();
        leave?.();
      };
      const state = { timeoutMs, deadline: undefined, settled: false, sent: false, release };
      const waiting: Waiting = { ...state, marks, resolve, fail: reject };
      this.#waiting.push(waiting);
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    // So that the calls of one turn are one round.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const round = this.#waiting.filter(({ settled }) => !settled);
      this.#waiting = [];
      if (round.length === 0) break;
      for (const waiting of round) waiting.sent = true;
      const patience = Math.max(...round.map(({ timeoutMs }) => timeoutMs));
      try {
        await this.#invalidate(together(round), new Budget(this.#clock, patience, undefined));
        for (const waiting of round) if (settle(waiting)) waiting.resolve();
      } catch (failure) {
        for (const waiting of round) settleFailed(waiting, failure as Failure);
      }
    }
    this.#running = false;
  }

  async #invalidate(marks: ReadonlyMap<string, Marking>, budget: Budget): Promise<void> {
    const record = await this.#record.bump(budget);
    try {
      await this.#markers.raise(marks, record, budget);
      // If the namespace was cleared meanwhile, its entries are gone and those of the new epoch began after the call.
      await this.#record.bump(budget);
    } catch (failure) {
      // Some of the markers may be raised.
      throw { ...(failure as Failure), outcome: 'unknown' } satisfies Failure;
    }
  }
}

/** The stronger marking of each tag. */
function together(round: readonly Waiting[]): ReadonlyMap<string, Marking> {
  const all = new Map<string, Marking>();
  for (const { marks } of round) {
    for (const [tag, marking] of marks) if (all.get(tag) !== 'delete') all.set(tag, marking);
  }
  return all;
}
