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
  /** Whether the adapter has it. */
  sent = false;
  readonly #openedAt: number;
  readonly #clock: Clock;
  readonly #keys: string[] = [];
  readonly #keyIndex: Map<string, number> = new Map();
  readonly #reads: PendingRead<P>[] = [];
  readonly #writes: PendingItem<Write<P>, WriteResult>[] = [];
  readonly #removals: PendingItem<Removal, boolean>[] = [];
  readonly #touches: PendingItem<Touch, boolean>[] = [];
  readonly #effects: Map<string, Effecting> = new Map();
  readonly #timers: Map<number, Timer> = new Map();
  #longestMs = 0;
  #onDone: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#openedAt = clock.monotonic();
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
    this.#addKey(read.key);
    if (read.record !== undefined) this.#addKey(read.record);
    this.#reads.push(read);
    this.#watch(read.timeoutMs);
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

  /** Hands everything to the adapter at once. `onDone` runs once, when all was answered or given up. */
  send(adapter: Adapter<P>, onDone: () => void): void {
    this.sent = true;
    this.#onDone = onDone;
    const call: Call = { deadline: this.#openedAt + this.#longestMs };
    const answers: Promise<void>[] = [];
    if (this.#keys.length > 0) answers.push(this.#sendReads(adapter, call));
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

  #addKey(key: string): void {
    if (this.#keyIndex.has(key)) return;
    this.#keyIndex.set(key, this.#keys.length);
    this.#keys.push(key);
  }

  #addEffect<I extends { readonly key: string }, R>(
    kind: Effecting,
    pending: PendingItem<I, R>,
    list: PendingItem<I, R>[],
  ): void {
    this.#effects.set(pending.item.key, kind);
    list.push(pending);
    this.#watch(pending.timeoutMs);
  }

  /** One timer for each distinct timeout, from the opening of the batch. */
  #watch(timeoutMs: number): void {
    if (timeoutMs > this.#longestMs) this.#longestMs = timeoutMs;
    if (this.#timers.has(timeoutMs)) return;
    this.#timers.set(
      timeoutMs,
      this.#clock.schedule(() => this.#expire(timeoutMs), timeoutMs + ANSWER_GRACE_MS),
    );
  }

  #expire(timeoutMs: number): void {
    const failure = this.sent ? timedOut(timeoutMs) : tooBusy(timeoutMs);
    for (const read of this.#reads) {
      if (read.timeoutMs <= timeoutMs) settleFailed(read, { ...failure, outcome: 'not-applied' });
    }
    for (const list of [this.#writes, this.#removals, this.#touches]) {
      for (const pending of list) if (pending.timeoutMs <= timeoutMs) settleFailed(pending, failure);
    }
    if (timeoutMs === this.#longestMs) this.#finish();
  }

  #finish(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    const onDone = this.#onDone;
    this.#onDone = undefined;
    onDone?.();
  }

  async #sendReads(adapter: Adapter<P>, call: Call): Promise<void> {
    if (this.#reads.every((read) => read.settled)) return;
    const outcomes = await answered(this.#keys.length, 'read', () => adapter.read(this.#keys, call));
    for (const read of this.#reads) {
      if (read.settled) continue;
      const own = outcomes[this.#keyIndex.get(read.key) as number] as Outcome<Stored<P> | undefined>;
      const record =
        read.record === undefined ? undefined : outcomes[this.#keyIndex.get(read.record) as number];
      if (!own.ok) settleFailed(read, own.error);
      else if (record !== undefined && !record.ok) settleFailed(read, record.error);
      else if (settle(read)) read.done(own.value, record?.value);
    }
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
    else if (settle(pending)) pending.done(outcome.value);
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
export function timedOut(timeoutMs: number): Failure {
  const message = `no answer within ${timeoutMs} ms`;
  return { code: 'TIMEOUT', message, retryable: true, outcome: 'unknown' };
}

function tooBusy(timeoutMs: number): Failure {
  const message = `waited ${timeoutMs} ms for one of the calls under way to end; raise maxConcurrency or timeout`;
  return { code: 'BUSY', message, retryable: true, outcome: 'not-applied' };
}
