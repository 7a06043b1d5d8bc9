import type { Clock, Timer } from '../clock.ts';
import type { Adapter, Call, Removal, Stored, Touch, Write, WriteResult } from '../contract/adapter.ts';
import type { Failure, Outcome } from '../contract/outcome.ts';
import { toFailure } from '../error.ts';

/** One call that waits for its answer, which comes once. */
export interface Pending {
  readonly timeoutMs: number;
  settled: boolean;
  /** Whether the adapter has it, so that its effect may come about. */
  sent: boolean;
  /** Runs when the call settles. */
  release: (() => void) | undefined;
  fail(failure: Failure): void;
}

/** Whether the answer is the first one. */
export function settle(pending: Pending): boolean {
  if (pending.settled) return false;
  pending.settled = true;
  pending.release?.();
  return true;
}

/** Answers with a failure, unless the call was answered before. */
export function settleFailed(pending: Pending, failure: Failure): void {
  if (settle(pending)) pending.fail(failure);
}

export interface PendingRead<P> extends Pending {
  readonly key: string;
  /** The key of the namespace record that is to be read in the same step. */
  readonly record: string | undefined;
  done(stored: Stored<P> | undefined, record: Stored<P> | undefined): void;
}

export interface PendingItem<I, R> extends Pending {
  readonly item: I;
  done(result: R): void;
}

type Effecting = 'write' | 'remove' | 'touch';

/**
 * How long after the deadline core still waits for the adapter's own answer, which knows better what became of the
 * request than core's clock does.
 */
export const ANSWER_GRACE_MS = 25;

/**
 * Calls that can leave together: the reads first, then the effects. So no key has a read that was called after an
 * effect, or two kinds of effects, since calls on one key take effect in their order.
 */
export class Batch<P> {
  readonly #clock: Clock;
  /** Whether its time runs. */
  #begun = false;
  #deadline = 0;
  #sent = false;
  readonly #reads: PendingRead<P>[] = [];
  readonly #writes: PendingItem<Write<P>, WriteResult>[] = [];
  readonly #removals: PendingItem<Removal, boolean>[] = [];
  readonly #touches: PendingItem<Touch, boolean>[] = [];
  readonly #effects: Map<string, Effecting> = new Map();
  readonly #timers: Timer[] = [];
  #onDone: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Whether a read may join. */
  admitsRead(key: string, record: string | undefined): boolean {
    const effects = this.#effects;
    return effects.size === 0 || !(effects.has(key) || (record !== undefined && effects.has(record)));
  }

  /** Whether an effect may join. */
  admitsEffect(kind: Effecting, key: string): boolean {
    const other = this.#effects.get(key);
    return other === undefined || other === kind;
  }

  addRead(read: PendingRead<P>): void {
    this.#reads.push(read);
    this.#joined(read);
  }

  addWrite(write: PendingItem<Write<P>, WriteResult>): void {
    this.#addEffect('write', write, this.#writes);
  }

  addRemoval(removal: PendingItem<Removal, boolean>): void {
    this.#addEffect('remove', removal, this.#removals);
  }

  addTouch(touch: PendingItem<Touch, boolean>): void {
    this.#addEffect('touch', touch, this.#touches);
  }

  /**
   * The turn in which it was filled is over: its time begins, with one timer for each distinct timeout. `onDone` runs
   * once, when all was answered or given up.
   */
  begin(onDone: () => void): void {
    this.#begun = true;
    this.#onDone = onDone;
    const groups = new Map<number, Pending[]>();
    for (const pending of this.#all()) {
      const group = groups.get(pending.timeoutMs);
      if (group === undefined) groups.set(pending.timeoutMs, [pending]);
      else group.push(pending);
    }
    for (const [timeoutMs, group] of groups) this.#watch(timeoutMs, group);
  }

  /** Hands everything to the adapter at once. */
  send(adapter: Adapter<P>): void {
    this.#sent = true;
    const call: Call = { deadline: this.#deadline };
    const answers: Promise<void>[] = [];
    if (this.#reads.length > 0) answers.push(this.#sendReads(adapter, call));
    if (this.#writes.length > 0) {
      answers.push(sendItems(this.#writes, 'write', (items) => adapter.write(items, call)));
    }
    if (this.#removals.length > 0) {
      answers.push(sendItems(this.#removals, 'remove', (items) => adapter.remove(items, call)));
    }
    if (this.#touches.length > 0) {
      answers.push(sendItems(this.#touches, 'touch', (items) => adapter.touch(items, call)));
    }
    const [first] = answers;
    void (answers.length === 1 && first !== undefined ? first : Promise.all(answers)).then(() =>
      this.#finish(),
    );
  }

  #addEffect<I extends { readonly key: string }, R>(
    kind: Effecting,
    pending: PendingItem<I, R>,
    list: PendingItem<I, R>[],
  ): void {
    this.#effects.set(pending.item.key, kind);
    list.push(pending);
    this.#joined(pending);
  }

  /** Of those that came while it waited for its place, each has a time of its own. */
  #joined(pending: Pending): void {
    if (this.#begun) this.#watch(pending.timeoutMs, [pending]);
  }

  #watch(timeoutMs: number, group: readonly Pending[]): void {
    this.#deadline = Math.max(this.#deadline, this.#clock.monotonic() + timeoutMs);
    const expire = (): void => {
      for (const pending of group) {
        const effect = 'item' in pending;
        settleFailed(pending, this.#sent ? timedOut(timeoutMs, effect) : tooBusy(timeoutMs));
      }
      for (const pending of this.#all()) if (!pending.settled) return;
      this.#finish();
    };
    this.#timers.push(this.#clock.schedule(expire, timeoutMs + ANSWER_GRACE_MS));
  }

  *#all(): Iterable<Pending> {
    yield* this.#reads;
    yield* this.#writes;
    yield* this.#removals;
    yield* this.#touches;
  }

  #finish(): void {
    for (const timer of this.#timers.splice(0)) timer.cancel();
    const onDone = this.#onDone;
    this.#onDone = undefined;
    onDone?.();
  }

  async #sendReads(adapter: Adapter<P>, call: Call): Promise<void> {
    const live = this.#reads.filter((read) => !read.settled);
    if (live.length === 0) return;
    const places = new Map<string, number>();
    const place = (key: string): number => {
      const known = places.get(key);
      if (known === undefined) places.set(key, places.size);
      return known ?? places.size - 1;
    };
    const asked = live.map((read) => ({
      own: place(read.key),
      record: read.record === undefined ? undefined : place(read.record),
    }));
    const outcomes = await answered(places.size, 'read', () => adapter.read([...places.keys()], call));
    live.forEach((read, index) => {
      const at = asked[index] as { own: number; record: number | undefined };
      const own = outcomes[at.own] as Outcome<Stored<P> | undefined>;
      const record = at.record === undefined ? undefined : outcomes[at.record];
      if (!own.ok) settleFailed(read, own.error);
      else if (record?.ok === false) settleFailed(read, record.error);
      else deliver(read, () => read.done(own.value, record?.value));
    });
  }
}

/** The first answer. One that its receiver cannot take is the adapter's fault, and settles the call all the same. */
function deliver(pending: Pending, done: () => void): void {
  if (!settle(pending)) return;
  try {
    done();
  } catch (error) {
    pending.fail(toFailure(error));
  }
}

async function sendItems<I, R>(
  all: readonly PendingItem<I, R>[],
  method: string,
  call: (items: I[]) => Promise<Outcome<R>[]>,
): Promise<void> {
  // Whoever was aborted while it waited does not leave.
  const live = all.filter((pending) => !pending.settled);
  if (live.length === 0) return;
  for (const pending of live) pending.sent = true;
  const outcomes = await answered(live.length, method, () => call(live.map((pending) => pending.item)));
  live.forEach((pending, index) => {
    const outcome = outcomes[index] as Outcome<R>;
    if (!outcome.ok) settleFailed(pending, outcome.error);
    else deliver(pending, () => pending.done(outcome.value));
  });
}

/** The adapter's outcomes, or as many failures when it broke its contract. */
export async function answered<R>(
  count: number,
  method: string,
  call: () => Promise<Outcome<R>[]>,
): Promise<Outcome<R>[]> {
  let failure: Failure;
  try {
    const outcomes = await call();
    if (Array.isArray(outcomes) && outcomes.length === count && outcomes.every(isOutcome)) return outcomes;
    const message = `the adapter's ${method} did not answer one outcome an item`;
    failure = { code: 'INTERNAL', message, retryable: false, outcome: 'unknown' };
  } catch (error) {
    failure = toFailure(error);
  }
  return new Array<Outcome<R>>(count).fill({ ok: false, error: failure });
}

function isOutcome(outcome: Partial<Outcome<unknown>> | undefined | null): boolean {
  return outcome?.ok === true || (outcome?.ok === false && typeof outcome.error?.code === 'string');
}

/** The adapter has it, but did not answer. */
export function timedOut(timeoutMs: number, effect: boolean): Failure {
  const message = `no answer within ${timeoutMs} ms`;
  return { code: 'TIMEOUT', message, retryable: true, outcome: effect ? 'unknown' : 'not-applied' };
}

/** There was no place for it. */
export function tooBusy(timeoutMs: number): Failure {
  const message = `waited ${timeoutMs} ms for one of the calls under way to end; raise maxConcurrency or timeout`;
  return { code: 'BUSY', message, retryable: true, outcome: 'not-applied' };
}
