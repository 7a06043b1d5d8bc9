import type { Tenure } from '../../contract/journal.ts';
import { CacheError } from '../../error.ts';
import type { ReadSide } from '../read-side.ts';
import { Appender } from './appender.ts';
import { Backoff } from './backoff.ts';
import { Bound, type BoundWait } from './bound.ts';
import { Drainer } from './drainer.ts';
import { Finisher } from './finisher.ts';
import type { PendingWrite } from './lane.ts';
import type { BehindPlan } from './options.ts';
import type { Progress } from './progress.ts';
import { Source } from './source.ts';
import { WriteQueue } from './write-queue.ts';
import type { RecordFormat } from './write-record.ts';

/** Records of a journal in one read. */
const PAGE = 1000;

/** A write before the journal has it. */
export interface Offer<K> extends Omit<PendingWrite<K>, 'sequence' | 'bytes'> {
  readonly record: Uint8Array;
}

/**
 * The way of writes during one tenure. A write passes the bound, the journal and the queue in the order of the calls:
 * none overtakes another of its key. From the queue the drainer takes it to the source, the finisher out of the journal.
 */
export class Line<K, V> {
  readonly queue: WriteQueue<K>;
  readonly bound: Bound;
  readonly #plan: BehindPlan<K, V>;
  readonly #appender: Appender;
  readonly #drainer: Drainer<K, V>;
  /** Called when writes are done with, or when that will not be any more. */
  readonly #onFinish: Set<(error?: CacheError) => void> = new Set();
  #lastSequence = 0;

  constructor(
    side: ReadSide<K, V>,
    plan: BehindPlan<K, V>,
    format: RecordFormat<K, V>,
    progress: Progress,
    tenure: Tenure,
  ) {
    const { clock, journal } = plan;
    this.#plan = plan;
    this.bound = new Bound(plan.bound, clock);
    const queue = new WriteQueue<K>((bytes) => this.bound.release(bytes));
    this.queue = queue;
    this.#appender = new Appender(journal, () => this.#drainer.pump());
    const backoff = new Backoff(plan.backoff, plan.random);
    const finisher = new Finisher<K>({ queue, cache: side.cache, journal, clock, backoff, progress }, () => {
      for (const listener of this.#onFinish) listener();
    });
    const source = new Source(side.store, format, clock, plan.storeTimeoutMs);
    const { fence } = tenure;
    this.#drainer = new Drainer({ queue, source, finisher, plan, format, backoff, progress, fence });
  }

  get counts(): Drainer<K, V>['counts'] {
    return this.#drainer.counts;
  }

  /** Takes in what an earlier tenure left. */
  async recover(read: (bytes: Uint8Array) => Omit<Offer<K>, 'record'>): Promise<void> {
    for (;;) {
      const records = await this.#plan.journal.read(this.#lastSequence, PAGE);
      if (records.length === 0) return;
      for (const { sequence, bytes } of records) {
        this.bound.add(bytes.length);
        this.#accept({ ...read(bytes), sequence, bytes: bytes.length });
      }
    }
  }

  /** Begins to drain. */
  start(): void {
    this.#drainer.start();
  }

  /** Resolves when the journal has the write. @param accepted called at once then, in the order of the sequences */
  write({ record, ...write }: Offer<K>, wait: BoundWait, accepted: () => Promise<void>): Promise<void> {
    return new Promise((resolve, fail) => {
      const bytes = record.length;
      const kept = (sequence: number): void => {
        this.#accept({ ...write, sequence, bytes });
        resolve(accepted());
      };
      const lost = (error: unknown): void => {
        this.bound.release(bytes);
        fail(error);
      };
      const go = (): void => this.#appender.append({ bytes: record, kept, lost });
      this.bound.enter({ bytes, go, fail }, wait);
    });
  }

  /** Resolves when nothing is on its way into the journal. */
  async settled(): Promise<void> {
    await this.#appender.idle();
  }

  /** Waits until everything that was accepted so far is done with. @param wholeMs what the message tells */
  async drained(
    timeoutMs: number,
    signal: AbortSignal | undefined,
    wholeMs: number = timeoutMs,
  ): Promise<void> {
    const sequence = this.#lastSequence;
    if (this.queue.isDone(sequence)) return;
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
      const look = (error?: CacheError): void => {
        if (error !== undefined || this.queue.isDone(sequence)) end(error);
      };
      const onAbort = (): void =>
        end(new CacheError('ABORTED', 'the signal was aborted', { cause: signal?.reason }));
      const timer = this.#plan.clock.schedule(() => end(this.#left(wholeMs)), timeoutMs);
      this.#onFinish.add(look);
      signal?.addEventListener('abort', onAbort);
      if (signal?.aborted) onAbort();
    });
  }

  /** Ends it. Whoever waits gets the error; what the journal has is left to the next tenure. */
  stop(error: CacheError): void {
    this.bound.close(error);
    this.#appender.stop(error);
    this.#drainer.stop();
    for (const listener of this.#onFinish) listener(error);
  }

  #accept(write: PendingWrite<K>): void {
    this.#lastSequence = write.sequence;
    this.queue.accept(write, this.#plan.clock.monotonic());
  }

  #left(timeoutMs: number): CacheError {
    const { keeps, name } = this.#plan.journal;
    const fate =
      keeps === 'nothing'
        ? 'they are lost when this process ends'
        : `the journal '${name}' has them for the next process`;
    const message = `${this.queue.size} writes are left after ${timeoutMs} ms; ${fate}`;
    return new CacheError('TIMEOUT', message, { operation: 'flush', retryable: true, outcome: 'unknown' });
  }
}
