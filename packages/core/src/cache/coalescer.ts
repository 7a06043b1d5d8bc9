import type { Clock } from '../clock.ts';
import type { Call, Removal, Stored, Touch, Write, WriteResult } from '../contract/adapter.ts';
import { abortedBy, CLOSED } from '../contract/call.ts';
import { type Outcome, ok } from '../contract/outcome.ts';
import type { Store } from '../local/telling.ts';
import { whenAborted } from './abort.ts';
import { answered } from './answered.ts';
import { Batch } from './batch.ts';
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
} from './pending.ts';
import type { Traffic } from './traffic.ts';

/** How one call waits. */
export interface Wait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What a read answered: what is under the key, and the namespace record of that same moment. */
export interface ReadAnswer<P> {
  readonly stored: Stored<P> | undefined;
  readonly record: Stored<P> | undefined;
}

/** What a write answered, and the namespace record of that same moment, or why it is not known. */
export interface WriteAnswer<P> {
  readonly result: WriteResult;
  readonly record: Outcome<Stored<P> | undefined>;
}

const ABSENT: Outcome<undefined> = ok(undefined);

const addRemoval = <P>(batch: Batch<P>, removal: PendingItem<Removal>): void => batch.addRemoval(removal);
const addTouch = <P>(batch: Batch<P>, touch: PendingItem<Touch>): void => batch.addTouch(touch);

/**
 * Gathers calls into batches. Idle: the calls of one synchronous burst leave in a microtask. With a batch under way:
 * calls are gathered until the turn of the event loop ends. Equal reads are read once. Calls on one key take effect
 * in the order in which they were made. Aborting a call never aborts its batch. What rejects here is a `Failure`; the
 * public methods wrap it.
 */
export class Coalescer<P> {
  readonly #store: Store<P>;
  readonly #changing: ((key: string) => void) | undefined;
  readonly #clock: Clock;
  readonly #maxConcurrency: number;
  readonly #traffic: Traffic;
  readonly #queue: Batch<P>[] = [];
  #scheduled = false;
  #inFlight = 0;
  #closed = false;
  /** Calls of facets that wait for others to end. */
  readonly #starts: (() => void)[] = [];
  readonly #onIdle: (() => void)[] = [];

  /**
   * @param changing told of each key when an effect on it is handed over, and again when that has settled
   * @param traffic shared with the other caches over the store
   */
  constructor(
    store: Store<P>,
    clock: Clock,
    maxConcurrency: number,
    changing: ((key: string) => void) | undefined = undefined,
    traffic: Traffic = { underWay: 0 },
  ) {
    this.#store = store;
    this.#changing = changing;
    this.#clock = clock;
    this.#maxConcurrency = maxConcurrency;
    this.#traffic = traffic;
  }

  /** Whether no call waits or is under way, of any cache over the store. */
  get idle(): boolean {
    return this.#traffic.underWay === 0;
  }

  /** Hands the answer to `done` or `fail` of the pending read, without a promise: this is the hot path. */
  submitRead(read: PendingRead<P>, signal: AbortSignal | undefined): void {
    if (!this.#admit(read, signal)) return;
    let batch = this.#queue[this.#queue.length - 1];
    if (batch === undefined || !batch.admitsRead(read.key, read.record)) batch = this.#open();
    batch.addRead(read);
    this.#schedule();
  }

  read(key: string, record: string | undefined, wait: Wait): Promise<ReadAnswer<P>> {
    return new Promise((resolve, reject) => {
      const pending: PendingRead<P> = {
        key,
        record,
        mayLag: false,
        timeoutMs: wait.timeoutMs,
        deadline: undefined,
        settled: false,
        sent: false,
        release: undefined,
        done: (stored, recordStored) => resolve({ stored, record: recordStored }),
        fail: reject,
      };
      this.submitRead(pending, wait.signal);
    });
  }

  write(item: Write<P>, wait: Wait): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      this.#submitWrite(item, undefined, wait, resolve, reject);
    });
  }

  /**
   * Writes, and reads the namespace record before it in the same step.
   * @param isRevoked asked when it is handed over: then it is refused, as by its condition
   */
  writeSeeing(
    item: Write<P>,
    record: string,
    wait: Wait,
    isRevoked?: () => boolean,
  ): Promise<WriteAnswer<P>> {
    return new Promise((resolve, reject) => {
      const done = (result: WriteResult, seen: Outcome<Stored<P> | undefined> | undefined): void =>
        resolve({ result, record: seen ?? ABSENT });
      this.#submitWrite(item, record, wait, done, reject, isRevoked);
    });
  }

  remove(item: Removal, wait: Wait): Promise<boolean> {
    return new Promise((resolve, reject) => this.submitRemoval(item, wait, resolve, reject));
  }

  /** As `remove`, without a promise. */
  submitRemoval(item: Removal, wait: Wait, done: PendingItem<Removal>['done'], fail: Pending['fail']): void {
    this.#submitItem('remove', item, wait, done, fail, addRemoval);
  }

  touch(item: Touch, wait: Wait): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#submitItem('touch', item, wait, resolve, reject, addTouch);
    });
  }

  /**
   * One call of a facet with one item, under the same deadline, concurrency and end as every other.
   * @param effect whether it can change something
   */
  run<R>(facet: (call: Call) => Promise<Outcome<R>[]>, effect: boolean, wait: Wait): Promise<R> {
    return new Promise((resolve, reject) => {
      const { timeoutMs, signal } = wait;
      const deadline = this.#clock.monotonic() + timeoutMs;
      const pending: Pending = {
        timeoutMs,
        deadline,
        settled: false,
        sent: false,
        release: undefined,
        fail: reject,
      };
      if (!this.#admit(pending, signal)) return;
      const expire = (): void =>
        settleFailed(pending, pending.sent ? timedOut(timeoutMs, effect) : tooBusy(timeoutMs));
      const timer = this.#clock.schedule(expire, timeoutMs + ANSWER_GRACE_MS);
      const disarm = pending.release;
      pending.release = () => {
        disarm?.();
        timer.cancel();
        if (pending.sent) this.#ended();
      };
      const start = (): void => {
        if (pending.settled) return;
        pending.sent = true;
        this.#inFlight += 1;
        this.#traffic.underWay += 1;
        const call: Call = signal === undefined ? { deadline } : { deadline, signal };
        void answered(1, 'facet', () => facet(call)).then(([outcome]) => {
          if (outcome?.ok === false) settleFailed(pending, outcome.error);
          else if (outcome !== undefined && settle(pending)) resolve(outcome.value);
        });
      };
      if (this.#inFlight < this.#maxConcurrency) start();
      else this.#starts.push(start);
    });
  }

  /** Refuses further calls; resolves when those under way have settled. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#inFlight === 0 && this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #submitWrite(
    item: Write<P>,
    record: string | undefined,
    { timeoutMs, signal }: Wait,
    done: PendingWrite<P>['done'],
    fail: Pending['fail'],
    isRevoked?: () => boolean,
  ): void {
    const pending: PendingWrite<P> = {
      item,
      record,
      isRevoked,
      timeoutMs,
      deadline: undefined,
      settled: false,
      sent: false,
      release: undefined,
      done,
      fail,
    };
    if (!this.#admit(pending, signal)) return;
    this.#announce(pending, item.key);
    let batch = this.#queue[this.#queue.length - 1];
    if (batch === undefined || !batch.admitsEffect('write', item.key, record)) batch = this.#open();
    batch.addWrite(pending);
    this.#schedule();
  }

  #submitItem<I extends Removal | Touch>(
    kind: 'remove' | 'touch',
    item: I,
    { timeoutMs, signal }: Wait,
    done: PendingItem<I>['done'],
    fail: Pending['fail'],
    add: (batch: Batch<P>, pending: PendingItem<I>) => void,
  ): void {
    const pending: PendingItem<I> = {
      item,
      timeoutMs,
      deadline: undefined,
      settled: false,
      sent: false,
      release: undefined,
      done,
      fail,
    };
    if (!this.#admit(pending, signal)) return;
    this.#announce(pending, item.key);
    let batch = this.#queue[this.#queue.length - 1];
    if (batch === undefined || !batch.admitsEffect(kind, item.key)) batch = this.#open();
    add(batch, pending);
    this.#schedule();
  }

  /** Whether the call may go on; arms its signal. */
  #admit(pending: Pending, signal: AbortSignal | undefined): boolean {
    if (this.#closed) settleFailed(pending, CLOSED);
    else if (signal?.aborted) settleFailed(pending, abortedBy(signal, 'not-applied'));
    else if (signal !== undefined) {
      const onAbort = (): void =>
        settleFailed(pending, abortedBy(signal, pending.sent ? 'unknown' : 'not-applied'));
      pending.release = whenAborted(signal, onAbort);
    }
    return !pending.settled;
  }

  #announce(pending: Pending, key: string): void {
    const changing = this.#changing;
    if (changing === undefined) return;
    changing(key);
    const disarm = pending.release;
    pending.release = () => {
      disarm?.();
      changing(key);
    };
  }

  #open(): Batch<P> {
    const batch = new Batch<P>(this.#clock);
    this.#queue.push(batch);
    this.#traffic.underWay += 1;
    return batch;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#inFlight === 0) queueMicrotask(() => this.#flush());
    else this.#clock.defer(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    for (const batch of this.#queue) {
      if (!batch.begun) batch.begin(() => this.#done(batch));
    }
    this.#send();
  }

  #send(): void {
    while (this.#inFlight < this.#maxConcurrency) {
      const [batch] = this.#queue;
      if (batch === undefined || !batch.begun) return;
      this.#queue.shift();
      this.#inFlight += 1;
      batch.send(this.#store);
    }
  }

  /** Answered or given up; a batch that never left gives up its place. */
  #done(batch: Batch<P>): void {
    const waiting = this.#queue.indexOf(batch);
    if (waiting === -1) this.#ended();
    else {
      this.#queue.splice(waiting, 1);
      this.#traffic.underWay -= 1;
    }
  }

  #ended(): void {
    this.#inFlight -= 1;
    this.#traffic.underWay -= 1;
    while (this.#starts.length > 0 && this.#inFlight < this.#maxConcurrency) this.#starts.shift()?.();
    this.#send();
    if (this.#inFlight > 0 || this.#queue.length > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
