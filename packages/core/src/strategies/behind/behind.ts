import type { CallOptions } from '../../cache/options.ts';
import type { Clock, Timer } from '../../clock.ts';
import type { Effect } from '../../contract/outcome.ts';
import { CacheError, quoteKey } from '../../error.ts';
import type { ReadSide } from '../read-side.ts';
import { Backoff } from './backoff.ts';
import { Line } from './line.ts';
import { type BehindPlan, waitOf } from './options.ts';
import { Progress, type WriteBehindStats } from './progress.ts';
import { RecordFormat } from './write-record.ts';

const CLOSED = 'the repository was closed';
/** What the journal may take to end, also where the time is used up. */
const LEAST_CLOSE_MS = 1000;

/** The writing side of write-behind, over one tenure of the journal after the other. */
export class Behind<K, V> {
  readonly progress: Progress = new Progress();
  readonly #side: ReadSide<K, V>;
  readonly #plan: BehindPlan<K, V>;
  readonly #format: RecordFormat<K, V>;
  readonly #backoff: Backoff;
  #opening: Promise<Line<K, V>> | undefined;
  #line: Line<K, V> | undefined;
  #failures = 0;
  #timer: Timer | undefined;
  #closing: Promise<void> | undefined;
  /** What the tenures before this one counted. */
  #counted = { written: 0, failed: 0, dead: 0, coalesced: 0 };

  constructor(side: ReadSide<K, V>, plan: BehindPlan<K, V>) {
    this.#side = side;
    this.#plan = plan;
    this.#format = new RecordFormat(plan.keyCodec, plan.codec);
    this.#backoff = new Backoff(plan.backoff, plan.random);
    // What an earlier process left is drained though nobody calls.
    this.started().catch(() => undefined);
  }

  /** Resolves when what an earlier tenure left is known, before which nobody can tell what is newest. */
  started(): Promise<Line<K, V>> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#openLater(error);
      throw error;
    });
    return this.#opening;
  }

  /** The newest value of a key if the source may not have it, undefined within if that is a removal. */
  async pending(key: K): Promise<{ readonly value: V | undefined } | undefined> {
    const line = await this.started();
    const write = line.queue.newest(this.#side.keyOf(key));
    if (write === undefined) return undefined;
    const value = write.value === undefined ? undefined : this.#format.decodeValue(write.value);
    return { value: value ?? undefined };
  }

  /** Resolves when the journal has the write, and the cache too if it can. */
  async write(key: K, given: { readonly value: V } | undefined, call: CallOptions = {}): Promise<void> {
    const name = this.#side.keyOf(key);
    try {
      if (this.#closing !== undefined) throw new CacheError('CLOSED', CLOSED);
      const value = given === undefined ? undefined : this.#format.value(given.value);
      const acceptedAt = this.#plan.clock.now();
      const record = this.#format.encode({ key, value, acceptedAt });
      const wait = { timeoutMs: waitOf(call, this.#plan.waitTimeoutMs), signal: call.signal };
      const line = await this.started();
      await line.write({ key, name, value, acceptedAt, record }, wait, () => this.#cache(name, value, call));
    } catch (error) {
      throw about(name, error);
    }
  }

  async flush(call: CallOptions = {}): Promise<void> {
    const timeoutMs = waitOf(call, this.#plan.drainTimeoutMs);
    const line = await this.started();
    await line.drained(timeoutMs, call.signal);
  }

  stats(): WriteBehindStats {
    const { written, failed, dead } = this.#line?.counts ?? { written: 0, failed: 0, dead: 0 };
    const queue = this.#line?.queue;
    const { clock } = this.#plan;
    return {
      pending: queue?.size ?? 0,
      bytes: queue?.bytes ?? 0,
      oldestAgeMs: Math.max(0, clock.now() - (queue?.oldestAcceptedAt ?? clock.now())),
      waiting: this.#line?.bound.waiting ?? 0,
      written: this.#counted.written + written,
      failed: this.#counted.failed + failed,
      dead: this.#counted.dead + dead,
      coalesced: this.#counted.coalesced + (queue?.coalesced ?? 0),
    };
  }

  close(call: CallOptions = {}): Promise<void> {
    this.#closing ??= this.#close(waitOf(call, this.#plan.drainTimeoutMs));
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#timer?.cancel();
    const closed = new CacheError('CLOSED', CLOSED);
    const { clock, journal } = this.#plan;
    const end = clock.monotonic() + timeoutMs;
    const [drained] = await Promise.allSettled([this.#drain(end, timeoutMs, closed)]);
    this.#line?.stop(closed);
    const ms = Math.max(LEAST_CLOSE_MS, end - clock.monotonic());
    const late = unanswered(`the journal '${journal.name}' has not ended; no write is left to it`, 'applied');
    const [ended] = await Promise.allSettled([within(clock, ms, journal.close(), late)]);
    // What became of the writes says more than that the journal does not end.
    for (const step of [drained, ended]) if (step.status === 'rejected') throw step.reason;
  }

  /** Refuses further writes, and waits for those accepted. */
  async #drain(end: number, timeoutMs: number, closed: CacheError): Promise<void> {
    const { clock, journal } = this.#plan;
    const left = (): number => Math.max(0, end - clock.monotonic());
    const silence = `the journal '${journal.name}' has not answered after ${timeoutMs} ms`;
    // What was called before this gets in first. Where the journal could not be opened nothing was accepted.
    const opened = this.started().catch(() => undefined);
    const line = await within(
      clock,
      left(),
      opened,
      unanswered(`${silence}: it took no write`, 'not-applied'),
    );
    if (line === undefined) return;
    line.bound.close(closed);
    const doubt = unanswered(`${silence}: nobody knows whether it has the last writes`, 'unknown');
    await within(clock, left(), line.settled(), doubt);
    await line.drained(left(), undefined, timeoutMs);
  }

  async #open(): Promise<Line<K, V>> {
    const tenure = await this.#plan.journal.claim();
    const line = new Line(this.#side, this.#plan, this.#format, this.progress, tenure);
    await line.recover((bytes) => {
      const record = this.#format.decode(bytes);
      return { ...record, name: this.#side.keyOf(record.key) };
    });
    this.#line = line;
    this.#failures = 0;
    if (tenure.lost.aborted) this.#lose(line);
    else tenure.lost.addEventListener('abort', () => this.#lose(line));
    line.start();
    return line;
  }

  /** Somebody else may drain from now on, and knows what is newest: calls fail until the journal is ours again. */
  #lose(line: Line<K, V>): void {
    if (this.#line !== line || this.#closing !== undefined) return;
    const { written, failed, dead, coalesced } = this.stats();
    this.#counted = { written, failed, dead, coalesced };
    this.#line = undefined;
    const error = new CacheError('UNAVAILABLE', 'the right to drain the journal was lost', {
      retryable: true,
      outcome: 'unknown',
    });
    line.stop(error);
    this.#opening = Promise.reject(error);
    this.#opening.catch(() => undefined);
    this.#openLater(error);
  }

  /** Opens the journal after a pause; until then calls get the error. */
  #openLater(error: unknown): void {
    if (this.#closing !== undefined) return;
    this.#failures += 1;
    const delayMs = this.#backoff.delayMs(this.#failures);
    this.#timer?.cancel();
    this.#timer = this.#plan.clock.schedule(() => {
      this.#opening = undefined;
      this.started().catch(() => undefined);
    }, delayMs);
    this.#timer.unref();
    this.progress.tell({ type: 'unopened', keys: [], error, delayMs, left: 0 });
  }

  /** Puts the value where other processes look. A removal is kept as null: they would load what the source still has. */
  async #cache(name: string, value: Uint8Array | undefined, { timeout, signal }: CallOptions): Promise<void> {
    const { cache, entry } = this.#side;
    const call = { ...(timeout !== undefined && { timeout }), ...(signal && { signal }) };
    try {
      const cached = value === undefined ? null : this.#format.decodeValue(value);
      await cache.set(name, cached, { ...entry, ...call });
    } catch (error) {
      this.progress.tell({ type: 'uncached', keys: [name], error, left: this.stats().pending });
    }
  }
}

function unanswered(message: string, outcome: Effect): () => CacheError {
  return () => new CacheError('TIMEOUT', message, { operation: 'close', retryable: true, outcome });
}

/** @param late what it rejects with where the step takes longer */
function within<T>(clock: Clock, ms: number, step: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(() => reject(late()), ms);
    step.then(resolve, reject).finally(() => timer.cancel());
  });
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
