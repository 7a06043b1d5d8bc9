import type { CallOptions } from '../../cache/options.ts';
import type { Timer } from '../../clock.ts';
import { CacheError, quoteKey } from '../../error.ts';
import type { ReadSide } from '../read-side.ts';
import { Appender } from './appender.ts';
import { Backoff } from './backoff.ts';
import { Bound } from './bound.ts';
import { Drainer } from './drainer.ts';
import { Finisher } from './finisher.ts';
import type { PendingWrite } from './lane.ts';
import { type BehindPlan, waitOf } from './options.ts';
import { Progress, type WriteBehindStats } from './progress.ts';
import { Source } from './source.ts';
import { WriteQueue } from './write-queue.ts';
import { RecordFormat } from './write-record.ts';

/** Records of a journal in one read. */
const PAGE = 1000;

/**
 * The writing side of write-behind. A write passes the bound, the journal and the queue in the order of the calls: none
 * overtakes another of its key. From the queue the drainer takes it to the source, then the finisher out of the journal.
 */
export class Behind<K, V> {
  readonly progress: Progress = new Progress();
  readonly #side: ReadSide<K, V>;
  readonly #plan: BehindPlan<K, V>;
  readonly #format: RecordFormat<K, V>;
  readonly #bound: Bound;
  readonly #queue: WriteQueue<K>;
  readonly #appender: Appender;
  readonly #backoff: Backoff;
  readonly #drainer: Drainer<K, V>;
  /** Called when writes are done with. */
  readonly #onFinish: Set<() => void> = new Set();
  #start: Promise<void> | undefined;
  #startFailures = 0;
  #startTimer: Timer | undefined;
  #lastSequence = 0;
  #closing: Promise<void> | undefined;

  constructor(side: ReadSide<K, V>, plan: BehindPlan<K, V>) {
    const { clock, journal } = plan;
    this.#side = side;
    this.#plan = plan;
    this.#format = new RecordFormat(plan.keyCodec, plan.codec);
    this.#bound = new Bound(plan.bound, clock);
    const queue = new WriteQueue<K>((bytes) => this.#bound.release(bytes));
    this.#queue = queue;
    this.#appender = new Appender(journal, () => this.#drainer.pump());
    const backoff = new Backoff(plan.backoff, plan.random);
    this.#backoff = backoff;
    const { progress } = this;
    const finisher = new Finisher<K>({ queue, cache: side.cache, journal, clock, backoff, progress }, () => {
      for (const listener of this.#onFinish) listener();
    });
    const source = new Source(side.store, this.#format, clock, plan.storeTimeoutMs);
    this.#drainer = new Drainer({ queue, source, finisher, plan, format: this.#format, backoff, progress });
    // What an earlier process left is drained though nobody calls.
    this.started().catch(() => undefined);
  }

  /** Resolves when what an earlier process left is known, before which nobody can tell what is newest. */
  started(): Promise<void> {
    this.#start ??= this.#open().catch((error: unknown) => {
      this.#start = undefined;
      this.#openLater(error);
      throw error;
    });
    return this.#start;
  }

  /** The newest value of a key if the source may not have it, undefined within if that is a removal. */
  async pending(key: K): Promise<{ readonly value: V | undefined } | undefined> {
    await this.started();
    const write = this.#queue.newest(this.#side.keyOf(key));
    if (write === undefined) return undefined;
    const value = write.value === undefined ? undefined : this.#format.decodeValue(write.value);
    return { value: value ?? undefined };
  }

  /** Resolves when the journal has the write, and the cache too if it can. */
  async write(key: K, given: { readonly value: V } | undefined, call: CallOptions = {}): Promise<void> {
    const name = this.#side.keyOf(key);
    if (this.#closing !== undefined) throw about(name, new CacheError('CLOSED', 'the repository was closed'));
    const value = given === undefined ? undefined : this.#format.value(given.value);
    const acceptedAt = this.#plan.clock.now();
    const record = this.#format.encode({ key, value, acceptedAt });
    const wait = { timeoutMs: waitOf(call, this.#plan.waitTimeoutMs), signal: call.signal };
    await this.started();
    await new Promise<void>((resolve, reject) => {
      const bytes = record.length;
      const fail = (error: unknown): void => reject(about(name, error));
      const kept = (sequence: number): void => {
        this.#accept({ key, name, value, sequence, acceptedAt, bytes });
        resolve(this.#cache(name, value, call));
      };
      const lost = (error: unknown): void => {
        this.#bound.release(bytes);
        fail(error);
      };
      const go = (): void => this.#appender.append({ bytes: record, kept, lost });
      this.#bound.enter({ bytes, go, fail }, wait);
    });
  }

  async flush(call: CallOptions = {}): Promise<void> {
    const timeoutMs = waitOf(call, this.#plan.drainTimeoutMs);
    await this.started();
    await this.#drained(this.#lastSequence, timeoutMs, call.signal);
  }

  stats(): WriteBehindStats {
    const { oldestAcceptedAt } = this.#queue;
    return {
      pending: this.#queue.size,
      bytes: this.#queue.bytes,
      oldestAgeMs:
        oldestAcceptedAt === undefined ? 0 : Math.max(0, this.#plan.clock.now() - oldestAcceptedAt),
      waiting: this.#bound.waiting,
      coalesced: this.#queue.coalesced,
      ...this.#drainer.counts,
    };
  }

  close(call: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(waitOf(call, this.#plan.drainTimeoutMs));
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#startTimer?.cancel();
    try {
      // What was called before this gets in first. Where the journal could not be opened nothing was accepted.
      const isStarted = await this.started().then(
        () => true,
        () => false,
      );
      this.#bound.close();
      if (!isStarted) return;
      await this.#appender.idle();
      await this.#drained(this.#lastSequence, timeoutMs, undefined);
    } finally {
      this.#drainer.stop();
      await this.#plan.journal.close();
    }
  }

  async #open(): Promise<void> {
    const { journal } = this.#plan;
    const { fence, lost } = await journal.claim();
    const now = this.#plan.clock.monotonic();
    for (let after = this.#lastSequence; ; ) {
      const records = await journal.read(after, PAGE);
      for (const { sequence, bytes } of records) {
        const record = this.#format.decode(bytes);
        this.#bound.add(bytes.length);
        const name = this.#side.keyOf(record.key);
        this.#queue.accept({ ...record, name, sequence, bytes: bytes.length }, now);
        this.#lastSequence = sequence;
        after = sequence;
      }
      if (records.length === 0) break;
    }
    lost.addEventListener('abort', () => this.#end());
    this.#startFailures = 0;
    this.#drainer.start(fence);
  }

  /** Somebody else drains from now on, and knows what is newest. */
  #end(): void {
    this.#drainer.stop();
    const message = 'another process has taken the journal over';
    this.#start = Promise.reject(new CacheError('UNAVAILABLE', message));
    this.#start.catch(() => undefined);
  }

  #openLater(error: unknown): void {
    if (this.#closing !== undefined) return;
    this.#startFailures += 1;
    const delayMs = this.#backoff.delayMs(this.#startFailures);
    this.#startTimer?.cancel();
    this.#startTimer = this.#plan.clock.schedule(() => {
      this.started().catch(() => undefined);
    }, delayMs);
    this.#startTimer.unref();
    this.progress.tell({ type: 'unopened', keys: [], error, delayMs, left: this.#queue.size });
  }

  #accept(write: PendingWrite<K>): void {
    this.#lastSequence = write.sequence;
    this.#queue.accept(write, this.#plan.clock.monotonic());
  }

  /** Puts the value where other processes look. A removal is kept as null: they would load what the source still has. */
  async #cache(name: string, value: Uint8Array | undefined, { timeout, signal }: CallOptions): Promise<void> {
    const { cache, entry } = this.#side;
    const call = { ...(timeout !== undefined && { timeout }), ...(signal && { signal }) };
    try {
      const cached = value === undefined ? null : this.#format.decodeValue(value);
      await cache.set(name, cached, { ...entry, ...call });
    } catch (error) {
      this.progress.tell({ type: 'uncached', keys: [name], error, left: this.#queue.size });
    }
  }

  /** Waits until everything up to a sequence is done with. */
  async #drained(sequence: number, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#queue.isDone(sequence)) return;
    const calm = this.#drainer.hurry();
    await new Promise<void>((resolve, reject) => {
      const end = (error: CacheError | undefined): void => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        this.#onFinish.delete(look);
        calm();
        if (error === undefined) resolve();
        else reject(error);
      };
      const look = (): void => {
        if (this.#queue.isDone(sequence)) end(undefined);
      };
      const onAbort = (): void =>
        end(new CacheError('ABORTED', 'the signal was aborted', { cause: signal?.reason }));
      const timer = this.#plan.clock.schedule(() => end(this.#left(timeoutMs)), timeoutMs);
      this.#onFinish.add(look);
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
    });
  }

  #left(timeoutMs: number): CacheError {
    const { keeps, name } = this.#plan.journal;
    const fate =
      keeps === 'nothing'
        ? 'they are lost when this process ends'
        : `the journal '${name}' has them for the next process`;
    const message = `${this.#queue.size} writes are left after ${timeoutMs} ms; ${fate}`;
    return new CacheError('TIMEOUT', message, { operation: 'flush', retryable: true, outcome: 'unknown' });
  }
}

function about(name: string, error: unknown): unknown {
  if (!(error instanceof CacheError)) return error;
  const { code, message, retryable, outcome, cause } = error;
  return new CacheError(code, `write ${quoteKey(name)}: ${message}`, {
    key: name,
    retryable,
    outcome,
    cause,
  });
}
