import type { Clock, Timer } from '../clock.ts';
import type { Call, Removal, Touch, WriteResult } from '../contract/adapter.ts';
import { failed, type Outcome } from '../contract/outcome.ts';
import type { Store } from '../local/telling.ts';
import { answered } from './answered.ts';
import { Inquiry, type ReadOutcome } from './inquiry.ts';
import {
  ANSWER_GRACE_MS,
  type Pending,
  type PendingItem,
  type PendingRead,
  type PendingWrite,
  settle,
  settleFailed,
  timedOut,
  tooBusy,
  untakeable,
} from './pending.ts';

type Effecting = 'write' | 'remove' | 'touch';

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
  readonly #all: Pending[] = [];
  readonly #reads: PendingRead<P>[] = [];
  /** Those that a replica may answer: a call of their own, since one call is for one kind of answer. */
  readonly #lagging: PendingRead<P>[] = [];
  readonly #writes: PendingWrite<P>[] = [];
  readonly #removals: PendingItem<Removal>[] = [];
  readonly #touches: PendingItem<Touch>[] = [];
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

  /** Whether an effect may join, and what it reads in the same step. */
  admitsEffect(kind: Effecting, key: string, record?: string): boolean {
    const other = this.#effects.get(key);
    return (other === undefined || other === kind) && (record === undefined || !this.#effects.has(record));
  }

  addRead(read: PendingRead<P>): void {
    (read.mayLag ? this.#lagging : this.#reads).push(read);
    this.#joined(read);
  }

  addWrite(write: PendingWrite<P>): void {
    this.#effects.set(write.item.key, 'write');
    this.#writes.push(write);
    this.#joined(write);
  }

  addRemoval(removal: PendingItem<Removal>): void {
    this.#effects.set(removal.item.key, 'remove');
    this.#removals.push(removal);
    this.#joined(removal);
  }

  addTouch(touch: PendingItem<Touch>): void {
    this.#effects.set(touch.item.key, 'touch');
    this.#touches.push(touch);
    this.#joined(touch);
  }

  /**
   * The turn in which it was filled is over: its time begins, with one timer for each distinct timeout. `onDone` runs
   * once, when all was answered or given up.
   */
  begin(onDone: () => void): void {
    this.#begun = true;
    this.#onDone = onDone;
    // Most often there is one group alone.
    let rest = this.#all.slice();
    while (rest[0] !== undefined) {
      const { timeoutMs } = rest[0];
      const others = rest.filter((pending) => pending.timeoutMs !== timeoutMs);
      const group = others.length === 0 ? rest : rest.filter((pending) => pending.timeoutMs === timeoutMs);
      this.#watch(timeoutMs, group);
      rest = others;
    }
  }

  /** Hands everything over at once. */
  send(store: Store<P>): void {
    this.#sent = true;
    const call: Call = { deadline: this.#deadline };
    for (const write of this.#writes) {
      if (write.isRevoked?.() && settle(write)) write.done({ written: false }, UNASKED);
    }
    const writes = live(this.#writes);
    const inquiry = new Inquiry(live(this.#reads));
    const witnessed = writes.map(({ record }) => inquiry.placeOfRecord(record));
    const answers: Promise<void>[] = [];
    const reading = inquiry.send(store, call);
    if (reading !== undefined) answers.push(reading.then((outcomes) => inquiry.deliver(outcomes)));
    if (this.#lagging.length > 0) {
      const behind = new Inquiry(live(this.#lagging));
      const answering = behind.send(store, { ...call, mayLag: true });
      if (answering !== undefined) answers.push(answering.then((outcomes) => behind.deliver(outcomes)));
    }
    if (writes.length > 0) {
      const items = sending(writes);
      const writing = answered(items.length, 'write', () => store.write(items, call));
      answers.push(deliverWrites(writes, writing, reading ?? NOTHING_ASKED, witnessed));
    }
    if (this.#removals.length > 0) {
      answers.push(sendItems(this.#removals, 'remove', (items) => store.remove(items, call)));
    }
    if (this.#touches.length > 0) {
      answers.push(sendItems(this.#touches, 'touch', (items) => store.touch(items, call)));
    }
    const [first] = answers;
    void (answers.length === 1 && first !== undefined ? first : Promise.all(answers)).then(() =>
      this.#finish(),
    );
  }

  /** Of those that came while it waited for its place, each has a time of its own. */
  #joined(pending: Pending): void {
    this.#all.push(pending);
    if (this.#begun) this.#watch(pending.timeoutMs, [pending]);
  }

  #watch(timeoutMs: number, group: readonly Pending[]): void {
    const deadline = this.#clock.monotonic() + timeoutMs;
    this.#deadline = Math.max(this.#deadline, deadline);
    for (const pending of group) pending.deadline = deadline;
    const expire = (): void => {
      for (const pending of group) {
        const effect = 'item' in pending;
        settleFailed(pending, this.#sent ? timedOut(timeoutMs, effect) : tooBusy(timeoutMs));
      }
      for (const pending of this.#all) if (!pending.settled) return;
      this.#finish();
    };
    this.#timers.push(this.#clock.schedule(expire, timeoutMs + ANSWER_GRACE_MS));
  }

  #finish(): void {
    for (const timer of this.#timers.splice(0)) timer.cancel();
    const onDone = this.#onDone;
    this.#onDone = undefined;
    onDone?.();
  }
}

const UNASKED = failed({
  code: 'ABORTED',
  message: 'it was revoked before it left',
  retryable: false,
  outcome: 'not-applied',
});

const NOTHING_ASKED: Promise<never[]> = Promise.resolve([]);

/** Without those that were aborted while they waited: these do not leave. */
function live<T extends Pending>(all: readonly T[]): T[] {
  return all.filter((pending) => !pending.settled);
}

function sending<I>(pendings: readonly (Pending & { readonly item: I })[]): I[] {
  return pendings.map((pending) => {
    pending.sent = true;
    return pending.item;
  });
}

async function deliverWrites<P>(
  writes: readonly PendingWrite<P>[],
  writing: Promise<Outcome<WriteResult>[]>,
  reading: Promise<ReadOutcome<P>[]>,
  witnessed: readonly number[],
): Promise<void> {
  const outcomes = await writing;
  // A failure is told at once.
  outcomes.forEach((outcome, index) => {
    if (!outcome.ok) settleFailed(writes[index] as PendingWrite<P>, outcome.error);
  });
  const records = await reading;
  outcomes.forEach((outcome, index) => {
    const write = writes[index] as PendingWrite<P>;
    if (!outcome.ok || !settle(write)) return;
    try {
      write.done(outcome.value, records[witnessed[index] as number]);
    } catch (error) {
      untakeable(write, error);
    }
  });
}

async function sendItems<I extends Removal | Touch>(
  all: readonly PendingItem<I>[],
  method: string,
  call: (items: I[]) => Promise<Outcome<boolean>[]>,
): Promise<void> {
  const pendings = live(all);
  if (pendings.length === 0) return;
  const items = sending(pendings);
  const outcomes = await answered(items.length, method, () => call(items));
  pendings.forEach((pending, index) => {
    const outcome = outcomes[index] as Outcome<boolean>;
    if (!outcome.ok) settleFailed(pending, outcome.error);
    else if (settle(pending)) pending.done(outcome.value);
  });
}
